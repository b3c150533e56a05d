"""The weights of a stage's graph, in groups that are quantized together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from pinpoint_quantization.onnx.weights import module_of

PRODUCTS = ("MatMul", "Gemm")
CONVOLUTIONS = ("Conv", "ConvTranspose")


@dataclass(frozen=True)
class Site:
    """One weight: its module, its initializer, and the order of its axes.

    order: axes of the weight with that of the outputs first.
    """

    module: str
    weight: str
    shape: tuple[int, ...]
    order: tuple[int, ...]
    convolution: bool

    @property
    def count(self) -> int:
        """Number of weights."""
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class Group:
    """Modules that are quantized together because they multiply the same input: q/k/v, gate/up."""

    name: str
    sites: tuple[Site, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """The paths of its modules."""
        return tuple(site.module for site in self.sites)

    @property
    def count(self) -> int:
        """Number of weights."""
        return sum(site.count for site in self.sites)


def sites_of(
    model: onnx.ModelProto, initializers: Mapping[str, onnx.TensorProto]
) -> list[tuple[Site, onnx.NodeProto]]:
    """Return the float weights of two axes or more, each with the node that uses it."""
    found = []
    for node in model.graph.node:
        place = 0 if node.op_type == "Gather" else 1
        if node.op_type not in (*PRODUCTS, *CONVOLUTIONS, "Gather") or len(node.input) <= place:
            continue
        tensor = initializers.get(node.input[place])
        if tensor is None or tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        shape = tuple(tensor.dims)
        site = Site(
            module_of(tensor.name),
            tensor.name,
            shape,
            _order(node, len(shape)),
            node.op_type in CONVOLUTIONS,
        )
        found.append((site, node))
    return found


def _order(node: onnx.NodeProto, axes: int) -> tuple[int, ...]:
    """Return the axes of a weight with that of the outputs first."""
    turned = any(a.name == "transB" and a.i for a in node.attribute)
    second = node.op_type == "ConvTranspose" or (node.op_type in PRODUCTS and not turned)
    return (1, 0, *range(2, axes)) if second else tuple(range(axes))


def groups_of(
    sites: Sequence[tuple[Site, onnx.NodeProto]],
) -> list[tuple[Group, list[onnx.NodeProto]]]:
    """Group the products of one input, and the nodes that share a weight."""
    keys: dict[str, str] = {}  # of a weight
    found: dict[str, list[tuple[Site, onnx.NodeProto]]] = {}
    for site, node in sites:
        key = site.weight
        if node.op_type in PRODUCTS and site.weight not in keys:
            key = f"input {node.input[0]}"
        key = keys.setdefault(site.weight, key)
        found.setdefault(key, []).append((site, node))
    groups = []
    for members in found.values():
        unique = tuple({site.weight: site for site, _ in members}.values())
        groups.append((Group(_joint_name([site.module for site in unique]), unique),
                       [node for _, node in members]))  # fmt: skip
    return groups


def _joint_name(modules: Sequence[str]) -> str:
    """Return "layers.0.attention.{query,key,value}"."""
    if len(modules) == 1:
        return modules[0]
    parents = {module.rpartition(".")[0] for module in modules}
    if len(parents) > 1:
        return "+".join(modules)
    (parent,) = parents
    return f"{parent}.{{{','.join(module.rpartition('.')[2] for module in modules)}}}"


def layers_alike(module: str) -> str:
    """Return a module's path with "*" for each number in it."""
    return re.sub(r"(?<=\.)\d+(?=\.|$)", "*", module)
