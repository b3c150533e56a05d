"""Faults to plant into artifacts: into an ONNX graph, or into a module before it is lowered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pinpoint_models.decoder.attention import LayerCache, ManualAttention, Projections
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import StageProgram, decode_program

GraphFault = Callable[[onnx.ModelProto], None]


def plant(source: Path, place: Path, fault: GraphFault) -> Path:
    """Write a copy of an .onnx file with a fault in it."""
    model = onnx.load(source)
    fault(model)
    onnx.save(model, place)
    return place


def swap_weights(one: str, other: str) -> GraphFault:
    """Exchange two initializers of the same shape."""

    def fault(model: onnx.ModelProto) -> None:
        found = {i.name: i for i in model.graph.initializer}
        a, b = numpy_helper.to_array(found[one]), numpy_helper.to_array(found[other])
        assert a.shape == b.shape
        found[one].CopyFrom(numpy_helper.from_array(b, one))
        found[other].CopyFrom(numpy_helper.from_array(a, other))

    return fault


def round_to_bf16(model: onnx.ModelProto) -> None:
    """Keep all weights with the 8 significant bits of bfloat16."""
    for initializer in model.graph.initializer:
        if initializer.data_type == TensorProto.FLOAT and initializer.dims:
            values = torch.from_numpy(numpy_helper.to_array(initializer).copy())
            rounded = values.bfloat16().float().numpy()
            initializer.CopyFrom(numpy_helper.from_array(rounded, initializer.name))


def transpose_output(name: str, shape: tuple[int, ...], order: tuple[int, ...]) -> GraphFault:
    """Transpose an output of the graph under its old shape."""

    def fault(model: onnx.ModelProto) -> None:
        inner = _rename(model, name)
        sizes = numpy_helper.from_array(np.array(shape), "fault_shape")
        model.graph.initializer.append(sizes)
        model.graph.node.extend(
            (
                helper.make_node("Transpose", [inner], ["fault_turned"], perm=order),
                helper.make_node("Reshape", ["fault_turned", "fault_shape"], [name]),
            )
        )

    return fault


def shift_output(name: str, axis: int) -> GraphFault:
    """Roll an output by one along an axis."""

    def fault(model: onnx.ModelProto) -> None:
        inner = _rename(model, name)
        for key, value in (("zero", 0), ("one", 1), ("last", -1), ("end", 2**31), ("axis", axis)):
            array = np.array([value])
            model.graph.initializer.append(numpy_helper.from_array(array, f"fault_{key}"))
        cut = "Slice"
        model.graph.node.extend(
            (
                helper.make_node(
                    cut, [inner, "fault_last", "fault_end", "fault_axis"], ["fault_back"]
                ),
                helper.make_node(
                    cut, [inner, "fault_zero", "fault_last", "fault_axis"], ["fault_front"]
                ),
                helper.make_node("Concat", ["fault_back", "fault_front"], [name], axis=axis),
            )
        )

    return fault


def one_nan(name: str, shape: tuple[int, ...]) -> GraphFault:
    """Make one element of an output NaN."""

    def fault(model: onnx.ModelProto) -> None:
        inner = _rename(model, name)
        added = np.zeros(shape, np.float32)
        added.flat[-1] = np.nan
        model.graph.initializer.append(numpy_helper.from_array(added, "fault_nan"))
        model.graph.node.append(helper.make_node("Add", [inner, "fault_nan"], [name]))

    return fault


def shift_rotary_tables(model: onnx.ModelProto) -> None:
    """Let every row rotate by the angles of the next position."""
    for initializer in model.graph.initializer:
        if initializer.name.startswith("cached_attention."):
            table = np.roll(numpy_helper.to_array(initializer), -1, axis=0)
            initializer.CopyFrom(numpy_helper.from_array(table, initializer.name))


def _rename(model: onnx.ModelProto, output: str) -> str:
    """Give an output's value another name, so that new nodes can make the output."""
    inner = f"{output}_right"
    for node in model.graph.node:
        for names in (node.output, node.input):
            for number, name in enumerate(names):
                if name == output:
                    names[number] = inner
    return inner


class LatePositions(ManualAttention):
    """Positions are off by one in every run but the first."""

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        index, _, _, visible = super().prepare(position, rows, capacity)
        late = index + (position > 0).to(index.dtype)
        rotary = (nn.functional.embedding(late, table) for table in (self.cosine, self.sine))
        return index, *rotary, visible


class StaleSlots(ManualAttention):
    """A slot keeps the value that it was first given, even when its row was forgotten."""

    def attend(
        self, new: Projections, cache: LayerCache, shared: tuple[Tensor, ...]
    ) -> tuple[Tensor, LayerCache]:
        old = cache.values.index_select(2, shared[0]).transpose(1, 2).reshape(new.value.shape)
        first = torch.where(old == 0, new.value, old)
        return super().attend(new._replace(value=first), cache, shared)


class SeesBehind(ManualAttention):
    """Each row sees one slot behind itself: whatever an earlier text or filling left there."""

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        index, cosine, sine, _ = super().prepare(position, rows, capacity)
        visible = torch.arange(capacity) <= index[:, None] + 1
        return index, cosine, sine, visible


class PlainDecoder(nn.Module):
    """A decoder that every target lowers as it stands, with its own attention."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(
        self, ids: Tensor, visual: Tensor, position: Tensor, *kv: Tensor
    ) -> tuple[Tensor, ...]:
        return self.decoder(ids, visual, position, *kv)


def with_attention(decoder: Decoder, kind: type[ManualAttention]) -> Decoder:
    """Return a copy of a decoder that attends in another way."""
    other = copy.deepcopy(decoder)
    other.cached_attention = kind(decoder.config)
    return other


def plain_program(decoder: Decoder) -> StageProgram:
    """Return the decode stage in plain operators, so that a fault in them is lowered too."""
    return replace(decode_program(decoder), module=PlainDecoder(decoder).eval())


def small_vocabulary(decoder: Decoder, vocabulary: int = 1024) -> Decoder:
    """Return the decoder with its first tokens only: all layers are real, files stay small."""
    config = replace(decoder.config, vocabulary=vocabulary)
    state = dict(decoder.state_dict())
    state["embedding.weight"] = state["embedding.weight"][:vocabulary].clone()
    return Decoder.from_state(config, state, len(decoder.layers))
