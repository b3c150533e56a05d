"""The `coreml` target: ML programs (`<stage>.mlpackage`) for iOS 18, macOS 15 and later.

A page enters `detect` as an image, crops enter as float arrays; the sizes that a stage is used with
are enumerated, which lets Core ML plan each of them ahead. The decode stage keeps its cache in
states. Conversion runs on Linux and macOS; the programs run on Apple's systems, and elsewhere by
the `mil` runtime.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pinpoint_edge.models.stages import StageProgram
from pinpoint_export.targets import DECODE_ROWS, NO_PROVIDERS, STATE_CAPACITY, Artifact, Estimate
from pinpoint_quantization.coreml_blocks import quantize_program
from pinpoint_quantization.recipe import BITS, FLOAT_BITS, STAGES, Recipe
from pinpoint_runtimes import TensorSpec

COMPUTE_UNITS = {
    "detect": "ALL",
    "glance": "ALL",
    # A few matrices of 64 or 256 rows: sending them to another unit takes longer than the work.
    "align": "CPU_ONLY",
    "refine": "ALL",
    "decode": "ALL",
}
"""Hints for the host, by stage: names of Core ML's MLComputeUnits. Not measured on a device."""

# For `estimate`, measured on the five stages.
GRAPH_BYTES_PER_TENSOR = 3000
BASE_MEMORY, BASE_SECONDS, SECONDS_PER_TENSOR = 1_000_000_000, 5.0, 0.25


class CoreMLTarget:
    """Lowers stages to Core ML packages; see `Target`."""

    name = "coreml"
    extra = "coreml"
    delegates: tuple[str, ...] = ()
    kv_form = "state"
    kv_capacity = STATE_CAPACITY
    providers = NO_PROVIDERS

    def requires(self) -> tuple[str, ...]:
        """Return what must be installed to run the artifacts from Python."""
        return ("coremltools",)

    def tools(self) -> tuple[str, ...]:
        """Return what lowers."""
        return ("torch", "coremltools")

    def runtime(self) -> str | None:
        """Return Core ML on macOS, elsewhere the evaluator of its programs."""
        return "coreml" if sys.platform == "darwin" else "mil"

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        """Return None for either float type, and integers in the decode stage; or the reason."""
        if stage not in STAGES:
            return f"there is no stage '{stage}'; known are {', '.join(STAGES)}"
        wanted = recipe.stages[stage]
        known = [*FLOAT_BITS, *BITS] if stage == "decode" else [*FLOAT_BITS]
        if wanted.coarsest not in known:
            return (
                f"the coreml target keeps its weights in {' or '.join(known)}, the recipe asks for "
                f"{wanted.coarsest}"
            )
        if len(wanted.types()) > 1:
            return "the coreml target keeps all weights of a stage in one type"
        return None

    def estimate(self, program: StageProgram, recipe: Recipe) -> Estimate:
        """Say what the package takes: the weights in the recipe's type and the graph."""
        weights, count = program.weights()
        bits = recipe.stages[program.name].bits_per_weight(scale=16)
        return Estimate(
            size=int(weights * bits / 32) + GRAPH_BYTES_PER_TENSOR * count,
            memory=BASE_MEMORY + 3 * weights,
            seconds=BASE_SECONDS + SECONDS_PER_TENSOR * count,
        )

    def lower(self, program: StageProgram, recipe: Recipe, out_dir: Path) -> Artifact:
        """Convert the stage into `<stage>.mlpackage`; the decode stage with its state inside."""
        from pinpoint_export.targets.coreml_quiet import quiet

        with quiet():
            from pinpoint_export.targets.coreml_convert import convert, type_in_file
            from pinpoint_export.targets.coreml_package import write_package

        wanted = recipe.stages[program.name]
        half = wanted.weights != "float32"  # integers are expanded to float16
        states: tuple[str, ...] = ()
        if program.state:
            program, states = _with_state(program, half=half)
        model = convert(program, states, half=half)
        if wanted.weights in BITS:
            with quiet():
                model = quantize_program(model, program.name, wanted)
        names = write_package(model, program, out_dir)
        types = {spec.name: type_in_file(spec, half=half) for spec in program.inputs}
        return Artifact.of(
            program,
            out_dir,
            names,
            dtypes={s.name: types[s.name] for s in program.inputs if types[s.name] != s.dtype},
            compute_units=COMPUTE_UNITS[program.name],
        )


def _with_state(program: StageProgram, *, half: bool) -> tuple[StageProgram, tuple[str, ...]]:
    """Return the decode stage with its caches inside, and the names of its states."""
    import torch

    from pinpoint_edge.models.decoder import Decoder
    from pinpoint_export.targets.coreml_decode import SliceDecoder

    decoder = program.module
    assert isinstance(decoder, Decoder)
    module = SliceDecoder(decoder, STATE_CAPACITY, parts=1 if half else 2)
    width, vocabulary = decoder.config.width, decoder.config.vocabulary
    stateful = StageProgram(
        name=program.name,
        module=module.eval(),
        inputs=(
            TensorSpec("ids", "int32", (1, "q")),
            TensorSpec("visual", "float32", ("q", width)),
            TensorSpec("position", "int32", (1,)),
            TensorSpec("valid", "int32", (1,)),
        ),
        outputs=(TensorSpec("logits", "float32", (1, vocabulary)),),
        # The longest first: a trace of one row would take what broadcasts for a constant.
        buckets=tuple({"q": rows} for rows in sorted(DECODE_ROWS, reverse=True)),
        sample=lambda sizes: {
            "ids": torch.zeros(1, sizes["q"], dtype=torch.int32),
            "visual": torch.zeros(sizes["q"], width),
            "position": torch.zeros(1, dtype=torch.int32),
            "valid": torch.full((1,), sizes["q"], dtype=torch.int32),
        },
    )
    return stateful, tuple(module.states)
