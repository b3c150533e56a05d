"""The sizes and thresholds that this version's host side works with, as a manifest records them."""

from __future__ import annotations

from pinpoint_edge.bundle import Detection, HostParameters, SelectionParameters
from pinpoint_edge.errors import BundleError
from pinpoint_edge.retrieval import selection
from pinpoint_edge.vision import regions, stages
from pinpoint_edge.vision.canvas import CANVASES, MAX_UPSCALE
from pinpoint_edge.vision.crop import (
    BATCH,
    GLANCE_HEIGHT,
    GLANCE_WIDTHS,
    REFINE_HEIGHT,
    REFINE_WIDTHS,
)


def standard_host() -> HostParameters:
    """The host parameters of this version."""
    return HostParameters(
        canvases=CANVASES,
        glance_height=GLANCE_HEIGHT,
        glance_widths=GLANCE_WIDTHS,
        refine_height=REFINE_HEIGHT,
        refine_widths=REFINE_WIDTHS,
        batch=BATCH,
        align_sizes=stages.ALIGN_SIZES,
        instruction_trigrams=stages.INSTRUCTION_TRIGRAMS,
        reading_trigrams=stages.READING_TRIGRAMS,
        detection=Detection(regions.THRESHOLD, regions.BOX_SCORE, regions.UNCLIP),
        maximum_upscale=MAX_UPSCALE,
        selection=SelectionParameters(
            selection.TEMPERATURE, selection.NULL_WINS, selection.PAGE_SHARE
        ),
    )


def check_host(host: HostParameters, bundle: str) -> None:
    """Refuse a bundle that was made for other sizes than this version works with."""
    if host != standard_host():
        raise BundleError(
            f"The bundle '{bundle}' was made for other host parameters than this version's: "
            "export it again with this version, or install the version that made it."
        )
