"""Numbers of the host side that belong to the weights: measured with them, stored beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinpoint_edge.bundle import NotFoundPrior, ReadingOrder, SelectionParameters, Threshold
from pinpoint_edge.errors import BundleError

CONFIDENCE_FILE = "confidence.json"


@dataclass(frozen=True)
class Calibrated:
    """What a bundle's manifest says of its weights.

    selection: how relevance becomes a choice (`temperature` in aligner.json); reading_order: the
    one that the weights learned (`reading_order` in aligner.json); not_found: how often
    the language model was taught that answer (`not_found_share` in llm.json); confidence: weights
    of the signals by kind of answer, as `pinpoint-train calibrate` fitted them; threshold: the
    confidence that it recommends.
    """

    selection: SelectionParameters = field(default_factory=SelectionParameters)
    reading_order: ReadingOrder = "layout"
    not_found: NotFoundPrior = field(default_factory=NotFoundPrior)
    confidence: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    threshold: Threshold | None = None

    @classmethod
    def load(cls, weights: Path) -> Calibrated:
        """Read the numbers of a folder of weights; raises BundleError for a broken file."""
        aligner = _facts(weights / "aligner.json")
        temperature = aligner.get("temperature")
        order = aligner.get("reading_order", "layout")
        share = _facts(weights / "llm.json").get("not_found_share")
        selection, prior = SelectionParameters(), NotFoundPrior()
        if temperature is not None:
            selection = SelectionParameters(temperature=float(temperature))
        if share is not None:
            prior = NotFoundPrior(share=float(share))
        return cls(selection, order, prior, load_confidence(weights), load_threshold(weights))


def _facts(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be read ({error}): train or fetch it again.") from error
    return facts if isinstance(facts, dict) else {}


def load_confidence(weights: Path) -> dict[str, dict[str, float]]:
    """Load the weights that `pinpoint-train calibrate` fitted; empty where there is none.

    Raises BundleError for a broken file.
    """
    path = weights / CONFIDENCE_FILE
    if not path.is_file():
        return {}
    try:
        found: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return {kind: {name: float(w) for name, w in own.items()} for kind, own in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{path} holds no weights of a confidence ({error}): fit it again, or take it away."
        ) from error


def load_threshold(weights: Path) -> Threshold | None:
    """Load the confidence that `pinpoint-train calibrate` recommends; None where there is none.

    Raises BundleError for a broken file.
    """
    held = _facts(weights / CONFIDENCE_FILE).get("threshold")
    if held is None:
        return None
    try:
        return Threshold(**{name: float(value) for name, value in held.items()})
    except (TypeError, ValueError, AttributeError) as error:
        path = weights / CONFIDENCE_FILE
        raise BundleError(f"{path} holds no threshold ({error}): fit it again.") from error
