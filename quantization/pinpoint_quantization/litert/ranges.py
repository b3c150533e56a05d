"""The ranges of the tensors in a .tflite file, measured on calibration inputs.

A range is the least and the greatest value of a float tensor over all inputs. ai-edge-quantizer's
own calibration averages the ranges instead, with nearly all weight on the first input.

The sizes that a stage was lowered for are separate graphs with the same weights. Their operators
correspond, so they share the ranges and no size needs inputs of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.litert.weights import Array, opened
from pinpoint_runtimes.litert.model_file import LitertSignature, open_file

Feeds = Mapping[str, Array]
Range = tuple[float, float]


def measure_ranges(path: Path, stage: str, calibration: Sequence[Feeds]) -> dict[str, Range]:
    """Return the range of each float tensor of a float32 file by its name.

    Raises OptionError when there are no calibration inputs, or none of a size that the file has.
    """
    if not calibration:
        raise OptionError(
            f'Stage {stage} has activations = "static" in the recipe, which needs calibration '
            'inputs; give them, or let it round as it runs: activations = "dynamic".'
        )
    interpreter = open_file(path, None, keep_all=True)
    signatures = {
        n: LitertSignature(path, interpreter, n) for n in interpreter.get_signature_list()
    }
    found: dict[str, Range] = {}
    used = 0
    for feeds in calibration:
        for signature in signatures.values():
            if _fits(signature, feeds):
                signature.run(feeds)
                used += 1
                for name, values in signature.computed():
                    _widen(found, name, values)
                for name, values in feeds.items():
                    _widen(found, str(signature.inputs[name]["name"]), values)
    if not used:
        shapes = {name: array.shape for name, array in calibration[0].items()}
        raise OptionError(
            f"No calibration input of stage {stage} has a size that it was lowered for; the first "
            f"has {shapes}. Make them with the bundle that is to be quantized."
        )
    with opened(path) as model:
        for tensors in _alike(model):
            known = [found[name] for name in tensors if name in found]
            if known:
                joined = min(low for low, _ in known), max(high for _, high in known)
                found.update(dict.fromkeys(tensors, joined))
    return found


def _fits(signature: LitertSignature, feeds: Feeds) -> bool:
    shapes = {name: tuple(map(int, spec["shape"])) for name, spec in signature.inputs.items()}
    return shapes == {name: array.shape for name, array in feeds.items()}


def _widen(found: dict[str, Range], name: str, values: Array) -> None:
    if values.dtype != np.float32 or not values.size:
        return
    low, high = found.get(name, (np.inf, -np.inf))
    found[name] = min(low, float(values.min())), max(high, float(values.max()))


def _alike(model: Any) -> Iterator[list[str]]:
    """Give the names of tensors that correspond, in graphs of the same operators."""
    groups: dict[tuple[int, ...], list[Any]] = {}
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        operators = [graph.Operators(number) for number in range(graph.OperatorsLength())]
        key = tuple(operator.OpcodeIndex() for operator in operators)
        groups.setdefault(key, []).append((graph, operators))
    for graphs in groups.values():
        places = [
            [int(i) for operator in operators for i in operator.OutputsAsNumpy()]
            + [int(i) for i in graph.InputsAsNumpy()]
            for graph, operators in graphs
        ]
        for indices in zip(*places, strict=True):
            yield [
                graph.Tensors(index).Name().decode()
                for (graph, _), index in zip(graphs, indices, strict=True)
            ]
