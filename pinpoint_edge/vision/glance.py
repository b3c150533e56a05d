"""The `glance` stage on the host: every region read roughly, in a small crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision import ctc, regions
from pinpoint_edge.vision.crop import batch_crops, glance_widths
from pinpoint_edge.vision.page import Page
from pinpoint_runtimes import Session

GLANCE_FEATURES = (4, 96)


@dataclass(frozen=True)
class Glance:
    """The first cheap look at N regions: features f32 (N,4,96) and rough readings."""

    features: NDArray[np.float32]
    readings: list[str]


def glance(
    session: Session, page: Page, found: Sequence[regions.Region], characters: Sequence[str]
) -> Glance:
    """Look at all regions of a page."""
    features = np.zeros((len(found), *GLANCE_FEATURES), np.float32)
    readings = [""] * len(found)
    quads = [region.quad for region in found]
    height = int(session.inputs[0].shape[2])
    for indices, crops, used in batch_crops(page.grey, quads, height, glance_widths(height)):
        seen = session.run({"crops": crops, "widths": used})
        for slot, index in enumerate(indices):
            features[index] = seen["features"][slot]
            readings[index] = ctc.decode(seen["reading"][slot], None, characters).text
    return Glance(features, readings)
