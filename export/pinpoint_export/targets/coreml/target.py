"""The `coreml` target: ML programs (`<stage>.mlpackage`) for iOS 18, macOS 15 and later.

A page enters `detect` as an image, crops enter as float arrays; the sizes that a stage is used with
are enumerated, which lets Core ML plan each of them ahead. The decode stage keeps its cache in
states. Conversion runs on Linux and macOS; the programs run on Apple's systems, and elsewhere by
the `mil` runtime.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from pinpoint_export.targets import DECODE_ROWS, NO_PROVIDERS, STATE_CAPACITY, Artifact, StageCost
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.coreml.quantize import quantize_program
from pinpoint_quantization.coreml.weights import SMALLEST, Modules
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.recipe import BITS, FLOAT_BITS, PALETTE_BITS, STAGES, Recipe
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

WITHIN = "decoder."
"""Where the language model stands in the module that its stage is traced from."""

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
        """Return None for every type of weights, but for palettes of the decode stage."""
        if stage not in STAGES:
            return f"there is no stage '{stage}'; known are {', '.join(STAGES)}"
        wanted = recipe.stages[stage]
        types = wanted.types()
        if stage == "decode" and (palettes := types & PALETTE_BITS.keys()):
            return (
                f"{' and '.join(sorted(palettes))} would move the language model's weights off the "
                "grid of int4 that they were trained on; choose int4 or int8"
            )
        if types & BITS.keys() and wanted.activations == "static":
            return (
                "Core ML expands integer weights before it multiplies, so what a layer takes is "
                'not rounded and ranges would be of no use; choose activations = "dynamic" or '
                '"float"'
            )
        return None

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        """Say what the package takes: the weights in the recipe's types and the graph."""
        wanted = recipe.stages[program.name]
        size, count = program.weights()
        floats = FLOAT_BITS.get(wanted.weights, 16)
        bits = size * 8 * floats // 32
        for path, parameter in program.module.named_parameters():
            kind = wanted.weights_of(path.rpartition(".")[0])
            if parameter.ndim >= 2 and parameter.numel() >= SMALLEST:
                each = replace(wanted, weights=kind).bits_per_weight(scale=16)
                bits += int(parameter.numel() * (each - floats))
        return StageCost(
            size=bits // 8 + GRAPH_BYTES_PER_TENSOR * count,
            memory=BASE_MEMORY + 3 * size,
            seconds=BASE_SECONDS + SECONDS_PER_TENSOR * count,
        )

    def lower(self, program: StageProgram, recipe: Recipe, out_dir: Path) -> Artifact:
        """Convert the stage into `<stage>.mlpackage`; the decode stage with its state inside."""
        from pinpoint_export.targets.coreml.quiet import quiet

        with quiet():
            from pinpoint_export.targets.coreml.convert import convert, type_in_file
            from pinpoint_export.targets.coreml.package import write_package

        wanted = recipe.stages[program.name]
        half = wanted.weights != "float32"  # integers and palettes are expanded to float16
        parameters = {
            path: parameter.detach().numpy()
            for path, parameter in program.module.named_parameters()
        }
        modules = Modules(parameters)
        states: tuple[str, ...] = ()
        if program.state:
            modules = Modules(parameters, WITHIN)
            program, states = _with_state(program, half=half)
        other = "float32" if half else "float16"

        def differs(operation: Any) -> bool:
            module = modules.of_operation(operation)
            return module is not None and wanted.weights_of(module) == other

        model = convert(program, states, half=half, differs=differs if wanted.modules else None)
        if wanted.types() - FLOAT_BITS.keys():
            with quiet():
                model = quantize_program(model, program.name, wanted, modules)
        elif wanted.modules:
            check_patterns(program.name, wanted, modules.paths)
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

    from pinpoint_export.targets.coreml.decode import SliceDecoder
    from pinpoint_models.decoder.model import Decoder

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
