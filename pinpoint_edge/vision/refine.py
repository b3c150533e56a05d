"""The `refine` stage on the host: chosen regions read at full resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision import ctc, regions
from pinpoint_edge.vision.crop import BATCH, REFINE_HEIGHT, batch_crops, crop_width
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.resize import Pixels
from pinpoint_runtimes import Session

Source = Literal["recogniser", "text-layer"]
"""Where a text is from: read in the picture, or taken from the text layer of the page's PDF."""


@dataclass(frozen=True)
class Refined:
    """A region read at full resolution: its visual token f32 (d_llm,) and its transcription.

    source: where the transcription is from.
    """

    visual: NDArray[np.float32]
    transcription: ctc.Transcription
    source: Source = "recogniser"


def refine(
    session: Session,
    page: Page,
    found: Sequence[regions.Region],
    geometry: NDArray[np.float32],
    characters: Sequence[str],
    widths: Sequence[int],
) -> list[Refined]:
    """Read regions of one page.

    geometry f32 (N,4): of `found`, as in `Layout`; widths: those of the stage, ascending.
    """
    # Padding rounds results differently in their last digits. So a region's own width chooses its
    # batch, not the regions beside it: a reading depends on nothing but the page.
    groups: dict[int, list[int]] = {}
    for index, region in enumerate(found):
        used = crop_width(region.quad, REFINE_HEIGHT)
        width = next((width for width in widths if used <= width), widths[-1])
        groups.setdefault(width, []).append(index)
    result: dict[int, Refined] = {}
    for width, group in groups.items():
        quads = [found[index].quad for index in group]
        for places, crops, used_widths in batch_crops(page.image, quads, REFINE_HEIGHT, (width,)):
            indices = [group[place] for place in places]
            seen = _run(session, crops, geometry[indices], used_widths)
            for slot, index in enumerate(indices):
                line = ctc.decode(
                    seen["classes"][slot, :, 0],
                    seen["probabilities"][slot, :, 0],
                    characters,
                    used_widths[slot] / width,
                )
                result[index] = Refined(seen["visual"][slot].copy(), line)
    return [result[index] for index in range(len(found))]


def _run(
    session: Session, crops: Pixels, geometry: NDArray[np.float32], widths: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    places = np.zeros((BATCH, 4), np.float32)
    places[: len(geometry)] = geometry
    return session.run({"crops": crops, "geometry": places, "widths": widths})
