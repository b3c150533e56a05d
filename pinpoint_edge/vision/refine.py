"""The `refine` stage on the host: chosen regions read at full resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision import ctc, elements, regions
from pinpoint_edge.vision.crop import BATCH, REFINE_HEIGHT, REFINE_WIDTHS, batch_crops
from pinpoint_edge.vision.page import Page
from pinpoint_runtimes import Session


@dataclass(frozen=True)
class Refined:
    """A region read at full resolution: its visual token f32 (d_llm,) and its transcription."""

    visual: NDArray[np.float32]
    transcription: ctc.Transcription


def refine(
    session: Session,
    page: Page,
    found: Sequence[regions.Region],
    geometry: NDArray[np.float32],
    characters: Sequence[str],
) -> list[Refined]:
    """Read regions of one page; an element is read as its name.

    geometry f32 (N,4): of `found`, as `regions.geometry` gives it.
    """
    result: dict[int, Refined] = {}
    quads = [region.quad for region in found]
    for indices, crops, used in batch_crops(
        page.image, quads, REFINE_HEIGHT, REFINE_WIDTHS, grey=False
    ):
        places = np.zeros((BATCH, 4), np.float32)
        places[: len(indices)] = geometry[indices]
        out = session.run({"crops": crops, "geometry": places, "widths": used})
        for slot, index in enumerate(indices):
            if found[index].kind != regions.TEXT:
                line = elements.transcription(found[index])
            else:
                line = ctc.decode(
                    out["classes"][slot, :, 0],
                    out["probabilities"][slot, :, 0],
                    characters,
                    used[slot] / crops.shape[3],
                )
            result[index] = Refined(out["visual"][slot].copy(), line)
    return [result[index] for index in range(len(found))]
