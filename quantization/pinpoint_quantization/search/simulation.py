"""Simulation of quantized modules in a stage's graph, without an artifact for each choice.

In one session every weight is an input with the trained weight as its default, so that a run can
exchange it. A switch before each product rounds its input as ONNX Runtime's integer kernels do
(int8, a scale for each block). Effects of a backend, such as its own order of sums, are not
simulated; a real artifact answers questions before a recipe is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_quantization.blocks import quantize
from pinpoint_quantization.onnx.session import session_of
from pinpoint_quantization.recipe import BITS, StageRecipe
from pinpoint_quantization.search.groups import PRODUCTS, Group, Site, groups_of, sites_of

Array = NDArray[Any]

ROWS = "rows"  # the input with the rows of the decode stage that are scored
INT8_STEPS = np.float32(127)


@dataclass(frozen=True)
class GroupWeights:
    """A group's weights rounded to a type, in the graph's own layout, and their bytes in it."""

    weights: Mapping[str, Array]
    size: int


class Simulation:
    """A stage of an exported float32 ONNX bundle.

    path: the stage's .onnx file; inputs: block in which inputs of quantized products are rounded,
    0: they stay float. Raises BundleError for a graph whose weights have no names.
    """

    def __init__(self, path: Path, stage: str, *, inputs: int, threads: int | None = None) -> None:
        model = onnx.load(path, load_external_data=False)
        self.stage, self._folder = stage, path.parent
        self._initializers = {tensor.name: tensor for tensor in model.graph.initializer}
        sites = sites_of(model, self._initializers)
        if not sites or not all(site.module for site, _ in sites):
            raise BundleError(
                f"{path} does not name the modules of its weights, or keeps them in integers: a "
                "search needs the bundle of the fp32 recipe, exported by this version. Export it "
                "with `pinpoint-export --target onnx --recipe fp32`."
            )
        grouped = groups_of(sites)
        self.groups = tuple(group for group, _ in grouped)
        self._switches: dict[str, list[str]] = {}
        for group, taken in grouped:
            self._switches[group.name] = (
                _add_switches(model, group, taken, inputs) if inputs else []
            )
        if stage == "decode":
            _score_chosen_rows(model, path)
        named = {value.name for value in model.graph.input}
        for site in dict.fromkeys(site for site, _ in sites):
            if site.weight not in named:
                named.add(site.weight)
                kind = self._initializers[site.weight].data_type
                model.graph.input.append(
                    helper.make_tensor_value_info(site.weight, kind, site.shape)
                )
        self._states = _states(model)
        self.outputs = [
            value.name for value in model.graph.output if not value.name.startswith("next_")
        ]
        self._session: Any = session_of(model, self._folder, threads=threads)

    def group(self, name: str) -> Group:
        """Return a group by its name; raises OptionError when there is none."""
        for group in self.groups:
            if group.name == name:
                return group
        raise OptionError(f"Stage {self.stage} has no group '{name}'.")

    def rows(self, site: Site) -> Array:
        """Return a weight as f32 (outputs, inputs of one output)."""
        weight = _stored(self._initializers[site.weight], self._folder)
        turned = np.transpose(weight, site.order)
        return np.ascontiguousarray(turned.reshape(turned.shape[0], -1), np.float32)

    def rounded(self, group: Group, kind: str, recipe: StageRecipe) -> GroupWeights:
        """Return a group's weights in a type, rounded as the recipe's blocks round them.

        Raises OptionError for a block that does not divide a row.
        """
        found: dict[str, Array] = {}
        size = 0
        for site in group.sites:
            if site.weight in found:
                continue
            rows = self.rows(site)
            kept, took = _round(rows, kind, recipe, whole_rows=site.convolution)
            turned = kept.reshape([site.shape[axis] for axis in site.order])
            found[site.weight] = np.ascontiguousarray(
                np.transpose(turned, np.argsort(site.order)), np.float32
            )
            size += took
        return GroupWeights(found, size)

    def run(
        self,
        feeds: Mapping[str, Array],
        weights: Mapping[str, Array] | None = None,
        groups: Collection[str] = (),
        *,
        answer: int = 0,
    ) -> dict[str, Array]:
        """Run the stage with these weights in place of its own.

        groups: those whose products take rounded inputs. answer: of the decode stage, the number of
        ids of the answer, at the end; `logits` then has a row for each of them, f32 (answer,
        vocabulary), the scores before that id.
        """
        fed = dict(feeds)
        if self.stage == "decode":
            ids = feeds["ids"]
            count = len(ids) - 1  # nothing follows the last one
            fed["ids"] = np.ascontiguousarray(ids[None, :count])
            fed["position"] = np.zeros(1, np.int32)
            fed[ROWS] = np.arange(count - answer, count, dtype=np.int64)
            for name, shape in self._states.items():
                fed[name] = np.zeros([count if size is None else size for size in shape], "f4")
        for group in groups:
            fed |= dict.fromkeys(self._switches[group], np.ones((), bool))
        fed |= weights or {}
        return dict(zip(self.outputs, self._session.run(self.outputs, fed), strict=True))

    def close(self) -> None:
        """Free the session."""
        self._session = None


def _round(rows: Array, kind: str, recipe: StageRecipe, *, whole_rows: bool) -> tuple[Array, int]:
    if kind == "float32":
        return rows, rows.nbytes
    if kind == "float16":
        return rows.astype(np.float16).astype(np.float32), rows.nbytes // 2
    if kind not in BITS:
        raise OptionError(f"A search tries float32, float16, int8 and int4, not {kind}.")
    block = rows.shape[1] if whole_rows or recipe.granularity != "block" else recipe.block
    if rows.shape[1] % block:
        raise OptionError(
            f"Rows of {rows.shape[1]} weights cannot be cut into blocks of {block}; choose a "
            "smaller block."
        )
    blocks = quantize(rows, BITS[kind], block, symmetric=recipe.symmetric)
    half = blocks.scales.astype(np.float16).astype(np.float32)
    size = blocks.packed.nbytes + blocks.scales.nbytes
    if np.array_equal(half, blocks.scales):  # stored in float16
        size -= blocks.scales.nbytes // 2
    if blocks.zero_points is not None:
        size += blocks.zero_points.nbytes
    return blocks.dequantize(), size


def _stored(tensor: onnx.TensorProto, folder: Path) -> Array:
    """Return a tensor of a bundle, mapped where it lies in a file beside the graph."""
    if tensor.data_location != TensorProto.EXTERNAL:
        return numpy_helper.to_array(tensor)
    where = {entry.key: entry.value for entry in tensor.external_data}
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    path = folder / Path(where["location"]).name  # a bundle's own file and no other
    shape = tuple(tensor.dims)
    return np.memmap(path, kind, "r", int(where.get("offset", 0)), shape)


def _add_switches(
    model: onnx.ModelProto, group: Group, nodes: Sequence[onnx.NodeProto], block: int
) -> list[str]:
    """Put a switch before each input of a group's products; return the names of the switches."""
    columns = group.sites[0].shape[group.sites[0].order[1]]
    if columns % block:
        return []
    users = {node.output[0] for node in nodes if node.op_type in PRODUCTS}
    switches: dict[str, str] = {}
    for node in model.graph.node:
        if node.output and node.output[0] in users:
            switches.setdefault(node.input[0], f"round.{group.name}.{len(switches)}")
    for taken, switch in switches.items():
        using = [n for n in model.graph.node if n.output[0] in users and n.input[0] == taken]
        place = min(i for i, n in enumerate(model.graph.node) if n.output[0] in users
                    and n.input[0] == taken)  # fmt: skip
        for node in using:
            node.input[0] = f"{switch}.taken"
        model.graph.node.insert(place, _switch(taken, switch, block, columns))
        model.graph.initializer.append(numpy_helper.from_array(np.zeros((), bool), switch))
        model.graph.input.append(helper.make_tensor_value_info(switch, TensorProto.BOOL, []))
    return list(switches.values())


def _switch(taken: str, switch: str, block: int, columns: int) -> onnx.NodeProto:
    """Return an If that gives a value as it is, or rounded to int8 in blocks of its last axis."""
    name = f"{switch}.taken"
    make = helper.make_node
    constants = [
        numpy_helper.from_array(np.array([-1, columns // block, block]), f"{switch}.blocks"),
        numpy_helper.from_array(np.array([-1]), f"{switch}.last"),
        numpy_helper.from_array(np.array(1 / INT8_STEPS, np.float32), f"{switch}.step"),
        numpy_helper.from_array(np.array(1e-30, np.float32), f"{switch}.least"),
    ]
    parts = [f"{switch}.{n}" for n in range(8)]
    shape, cut, size, most, step, scale, ratio, whole = parts
    rounding = [
        make("Shape", [taken], [shape]),
        make("Reshape", [taken, constants[0].name], [cut]),
        make("Abs", [cut], [size]),
        make("ReduceMax", [size, constants[1].name], [most], keepdims=1),
        make("Mul", [most, constants[2].name], [step]),
        make("Max", [step, constants[3].name], [scale]),
        make("Div", [cut, scale], [ratio]),
        make("Round", [ratio], [whole]),
        make("Mul", [whole, scale], [f"{switch}.kept"]),
        make("Reshape", [f"{switch}.kept", shape], [f"{switch}.rounded"]),
    ]
    out = helper.make_tensor_value_info
    then = helper.make_graph(
        rounding, "rounded", [], [out(f"{switch}.rounded", TensorProto.FLOAT, None)], constants
    )
    same = make("Identity", [taken], [f"{switch}.same"])
    other = helper.make_graph([same], "kept", [], [out(f"{switch}.same", TensorProto.FLOAT, None)])
    return make("If", [switch], [name], then_branch=then, else_branch=other)


def _score_chosen_rows(model: onnx.ModelProto, path: Path) -> None:
    """Score the rows that an input names, instead of the last one."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    found = []
    for place, node in enumerate(model.graph.node):
        index = constants.get(node.input[1]) if node.op_type == "Gather" else None
        axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
        if axis != 1 or index is None or index.dims:
            continue
        if int(_stored(index, path.parent)) == -1:
            found.append((place, node))
    if len(found) != 1:
        raise BundleError(
            f"{path} does not score its last row as this version's decode stages do; export the "
            "bundle again."
        )
    ((place, node),) = found
    result = node.output[0]
    node.input[1], node.output[0] = ROWS, f"{result}.rows"
    axes = numpy_helper.from_array(np.zeros(1, np.int64), f"{ROWS}.axes")
    model.graph.initializer.append(axes)
    squeeze = helper.make_node("Squeeze", [node.output[0], axes.name], [result])
    model.graph.node.insert(place + 1, squeeze)
    model.graph.input.append(helper.make_tensor_value_info(ROWS, TensorProto.INT64, ["answer"]))
    for value in model.graph.output:
        if value.name == "logits":
            value.type.tensor_type.shape.dim[0].dim_param = "answer"
    # The shapes that the exporter noted for the nodes after it are those of one row.
    del model.graph.value_info[:]


def _states(model: onnx.ModelProto) -> dict[str, list[int | None]]:
    outputs = {value.name for value in model.graph.output}
    return {
        value.name: [
            None if size.dim_param else size.dim_value for size in value.type.tensor_type.shape.dim
        ]
        for value in model.graph.input
        if f"next_{value.name}" in outputs
    }
