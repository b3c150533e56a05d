"""The manifest of a bundle: its files, the host's steps that feed them, their sources.

The field descriptions below are the published ones: `docs/manifest.schema.json` is generated from
them (`python -m pinpoint_edge.bundle > docs/manifest.schema.json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pinpoint_edge.bundle import manifest_json
from pinpoint_runtimes import TensorSpec

SCHEMA = "1.5"
STAGES = ("detect", "glance", "align", "refine", "decode")
ReadingOrder = Literal["rows", "layout"]
DTYPES = ("uint8", "int32", "int64", "float16", "float32")


@dataclass(frozen=True)
class StageEntry:
    """One exported graph: its files, its tensors and the sizes that it is run at."""

    file: Annotated[str, "The graph; for a Core ML package the first file of its folder."]
    data: Annotated[tuple[str, ...], "Files that the graph refers to, such as external weights."]
    inputs: Annotated[tuple[TensorSpec, ...], "Input tensors."]
    outputs: Annotated[tuple[TensorSpec, ...], "Output tensors."]
    buckets: Annotated[
        tuple[Mapping[str, int], ...],
        "Sizes of free dimensions, together, that the stage is run at; a free dimension in no "
        "bucket takes any size.",
    ] = ()
    dtypes: Annotated[
        Mapping[str, str],
        "Types inside the file, by tensor, where they differ from inputs and outputs.",
    ] = field(default_factory=dict)
    compute_units: Annotated[str | None, "Core ML: the compute units that suit the stage."] = None


@dataclass(frozen=True)
class Op:
    """One step of the preprocessing."""

    op: Annotated[str, "Name of the operation, specified in docs/bundle.md."]
    stage: Annotated[str, "The stage that the step prepares, or whose output it reads."]
    arguments: Annotated[
        Mapping[str, int | float | str | tuple[int, ...] | tuple[tuple[int, ...], ...]],
        "Arguments of the operation.",
    ]


@dataclass(frozen=True)
class Preprocessing:
    """The host's image and text steps as data."""

    version: Annotated[int, "Version of the operations' definitions in docs/bundle.md."]
    ops: Annotated[tuple[Op, ...], "Steps in the order in which a page meets them."]


@dataclass(frozen=True)
class Detection:
    """How the text map becomes regions."""

    threshold: Annotated[float, "Text map values above it belong to a component."] = 0.3
    box_score: Annotated[float, "Least mean of the text map over a component's pixels."] = 0.5
    unclip: Annotated[float, "Growth of a rectangle on each side: area * unclip / perimeter."] = 1.6


@dataclass(frozen=True)
class SelectionParameters:
    """How relevance becomes a choice of evidence."""

    temperature: Annotated[float, "Divides the relevance before its softmax."] = 2.0
    null_wins: Annotated[float, "From this p(null) on, nothing on the page is relevant."] = 0.9
    page_share: Annotated[float, "Least share of the relevance of a page that gives evidence."] = (
        0.1
    )


@dataclass(frozen=True)
class NotFoundPrior:
    """Prior of the answer "not found" from training."""

    share: Annotated[float, "Share of the training questions with that answer, 0 to 1."] = 0.2
    limit: Annotated[float, "Most log odds that the aligner adds to it or takes from it."] = 3.0


@dataclass(frozen=True)
class Threshold:
    """Least confidence of an answer that can be used unseen."""

    least: Annotated[float, "The confidence, 0 to 1."]
    precision: Annotated[float, "Share of right ones among the answers that reach it."]
    kept: Annotated[float, "Share of the answers that reach it."]


@dataclass(frozen=True)
class HostParameters:
    """Sizes and thresholds of the host side."""

    canvases: Annotated[tuple[tuple[int, int], ...], "Sizes (height, width) of the detect image."]
    glance_height: Annotated[int, "Height of a glance crop in pixels."]
    glance_widths: Annotated[tuple[int, ...], "Widths of a glance crop in pixels, ascending."]
    refine_height: Annotated[int, "Height of a refine crop in pixels."]
    refine_widths: Annotated[tuple[int, ...], "Widths of a refine crop in pixels, ascending."]
    batch: Annotated[int, "Crops in one run of glance and of refine."]
    align_sizes: Annotated[tuple[int, ...], "Numbers of regions N in one run of align, ascending."]
    instruction_trigrams: Annotated[int, "Length of the instruction's trigram ids."]
    reading_trigrams: Annotated[int, "Length of a rough reading's trigram ids."]
    detection: Annotated[Detection, "How the text map becomes regions."]
    maximum_upscale: Annotated[float, "Most that a page is enlarged to fill its canvas."] = 1.5
    reading_order: Annotated[
        ReadingOrder, "rows: across the whole page. layout: block by block, docs/bundle.md step 5b."
    ] = "rows"
    selection: Annotated[SelectionParameters, "How relevance becomes a choice."] = (
        SelectionParameters()
    )


@dataclass(frozen=True)
class TokenBudget:
    """Tokens of evidence that an answer may use."""

    default: Annotated[int, "When the user asks for no other."]
    maximum: Annotated[int, "What the user can ask for at most."]


@dataclass(frozen=True)
class KVForm:
    """How the decode stage keeps its keys and values."""

    form: Annotated[
        str,
        "shared-buffer: inputs key_i and value_i, outputs next_key_i and next_value_i, which may "
        "be bound to the same memory. state: the graph keeps them itself. rows: inputs key_i and "
        "value_i, outputs next_key_i and next_value_i with the new rows, which the host writes.",
    ]
    layers: Annotated[int, "Transformer layers; i runs from 0."]
    heads: Annotated[int, "Key and value heads."]
    head_dim: Annotated[int, "Width of a head."]
    capacity: Annotated[int, "Tokens that the cache holds."]


@dataclass(frozen=True)
class RecipeReference:
    """The quantization recipe that the stages were made with."""

    name: Annotated[str, "Name of the recipe."]
    digest: Annotated[str, "sha256 of the recipe's canonical form."]
    weights: Annotated[
        Mapping[str, str], "Type of the coarsest weights of each stage: it sets the parity tier."
    ] = field(default_factory=dict)
    calibration: Annotated[
        str | None,
        "Digest of the calibration set that it was searched or measured on; null: none.",
    ] = None


@dataclass(frozen=True)
class Licence:
    """Terms of one component of the bundle."""

    component: Annotated[str, "What it covers, e.g. a model or a table."]
    licence: Annotated[str, "SPDX identifier."]
    source: Annotated[str, "Where the component comes from."]


@dataclass(frozen=True)
class FileEntry:
    """Digest and size of one file."""

    sha256: Annotated[str, "Lower-case hexadecimal sha256 of the content."]
    size: Annotated[int, "Bytes."]


@dataclass(frozen=True)
class TensorParity:
    """Distance of one output tensor from the reference model."""

    sqnr_db: Annotated[float | None, "Signal to quantization noise in dB; null: bitwise equal."]
    max_abs: Annotated[float, "Greatest absolute difference."]
    cosine: Annotated[float | None, "Cosine similarity of the flattened tensors."] = None
    failure: Annotated[str | None, "Why it is too far from the reference; null: it is not."] = None


@dataclass(frozen=True)
class Manifest:
    """Manifest of a PinPoint Edge bundle."""

    schema: Annotated[str, "Version MAJOR.MINOR of this schema; readers accept their own major."]
    name: Annotated[str, "Name of the bundle."]
    model: Annotated[str, "Name and version of the model in it."]
    target: Annotated[str, "What the stages were exported for: onnx, executorch, coreml, litert."]
    requires: Annotated[tuple[str, ...], "Distributions that must be installed to run it."]
    stages: Annotated[Mapping[str, StageEntry], "The exported graphs by stage."]
    preprocessing: Annotated[Preprocessing, "The host's steps as data."]
    host: Annotated[HostParameters, "Sizes and thresholds of the host side."]
    tokenizer: Annotated[str, "File: tokenizer.json."]
    characters: Annotated[
        Mapping[str, str], "File by stage (glance, refine): a JSON array, class index to string."
    ]
    special_ids: Annotated[Mapping[str, int], "Ids of the special tokens by role."]
    vocabulary: Annotated[int, "Ids below it are text, from it on they pick visual tokens."]
    d_llm: Annotated[int, "Width of a visual token."]
    token_budget: Annotated[TokenBudget, "Tokens of evidence that an answer may use."]
    coverage: Annotated[float, "Default share of relevance at which the choice ends, 0 to 1."]
    kv: Annotated[KVForm, "How the decode stage keeps its keys and values."]
    recipe: Annotated[RecipeReference, "Quantization recipe."]
    tools: Annotated[Mapping[str, str], "Versions of the packages that made the bundle."]
    licences: Annotated[tuple[Licence, ...], "Terms of everything in the bundle."]
    files: Annotated[Mapping[str, FileEntry], "Every file of the bundle but manifest.json."]
    parity: Annotated[
        Mapping[str, Mapping[str, TensorParity]], "Measured at export, by stage and output tensor."
    ]
    benchmark: Annotated[Mapping[str, float | str] | None, "Summary of a measurement."] = None
    delegate: Annotated[str | None, "ExecuTorch: the delegate that runs the stages."] = None
    weights: Annotated[
        Mapping[str, str], "Digest of the trained weights of each stage, the same on every target."
    ] = field(default_factory=dict)
    providers: Annotated[
        Mapping[str, Mapping[str, str]],
        "ONNX: options of execution providers that suit the graphs, by provider.",
    ] = field(default_factory=dict)
    confidence: Annotated[
        Mapping[str, Mapping[str, float]],
        "Weights of a confidence's signals and bias, for found and not-found answers.",
    ] = field(default_factory=dict)
    threshold: Annotated[Threshold | None, "Recommended, from the fit of the confidence."] = None
    not_found: Annotated[NotFoundPrior, "How likely the model is to say so."] = NotFoundPrior()

    def to_bytes(self) -> bytes:
        """Return the bytes of manifest.json; equal manifests give equal bytes."""
        return manifest_json.dumps(self)


def standard_preprocessing(host: HostParameters) -> Preprocessing:
    """Return the op list, version 1, of these host parameters."""
    detection = host.detection
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (
            "fit_canvas",
            "detect",
            {
                "canvases": host.canvases,
                "fill": 255,
                "gain": 1.05,
                "maximum_upscale": host.maximum_upscale,
            },
        ),
        ("resize", "detect", {"filter": "bilinear-antialiased"}),
        (
            "components",
            "detect",
            {
                "box_score": detection.box_score,
                "minimum_side": 3.0,
                "neighbours": 8,
                "threshold": detection.threshold,
                "unclip": detection.unclip,
            },
        ),
        ("grey", "glance", {"matrix": "itu-r-601-2"}),
        (
            "crop",
            "glance",
            {"fill": 255, "height": host.glance_height, "widths": host.glance_widths},
        ),
        ("ctc", "glance", {"blank": 0}),
        (
            "trigrams",
            "align",
            {"instruction": host.instruction_trigrams, "reading": host.reading_trigrams},
        ),
        (
            "crop",
            "refine",
            {"fill": 127, "height": host.refine_height, "widths": host.refine_widths},
        ),
        ("ctc", "refine", {"blank": 0}),
    )
    return Preprocessing(version=1, ops=tuple(Op(*step) for step in steps))
