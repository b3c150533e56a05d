"""Binding of a program: names become slots, constants become values.

All that does not depend on the inputs happens here, once: operations are looked up, constants and
compressed weights become tensors, and the lifetime of every value is computed.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil import ops
from pinpoint_runtimes.mil.bound_function import (
    BoundFunction,
    Result,
    Slots,
    Step,
    held_dtype,
    rounded,
)
from pinpoint_runtimes.mil.calls import Call, plain
from pinpoint_runtimes.mil.liveness import Node, deaths, overwriting
from pinpoint_runtimes.mil.package import MilPackage
from pinpoint_runtimes.mil.registry import OPS, Operation
from pinpoint_runtimes.mil.types import TensorType, tensor_type
from pinpoint_runtimes.mil.values import Constant, constant

assert ops.__all__  # the import enters the operations in OPS
CONSTANT = "const"
FOLDED = "constexpr_"


class Weights:
    """The constants of a package as tensors; functions that share a weight share its tensor."""

    def __init__(self, package: MilPackage) -> None:
        self._package = package
        self._tensors: dict[tuple[str, int], Tensor] = {}

    def constant(self, message: Any) -> Constant:
        """Return the value of a Value message."""
        return constant(message, self._package.read_blob)

    def tensor(self, message: Any, value: Constant) -> Tensor:
        """Return a constant as a tensor, made once for each entry of a file."""
        if isinstance(value, str | list):
            raise SessionError("a string is given where a tensor is needed")
        if message is None or message.WhichOneof("value") != "blobFileValue":
            return _held(value)
        key = (message.blobFileValue.fileName, int(message.blobFileValue.offset))
        if key not in self._tensors:
            self._tensors[key] = _held(value)
        return self._tensors[key]


def _held(value: tuple[TensorType, Any]) -> Tensor:
    kind, array = value
    return torch.from_numpy(np.asarray(array)).to(held_dtype(kind))


def bind(
    package: MilPackage, name: str, weights: Weights, round_fp16: bool = True
) -> BoundFunction:
    """Bind one function of the package's program; raises SessionError."""
    function = package.spec.mlProgram.functions[name]
    block = function.block_specializations.get(function.opset)
    if block is None:
        raise SessionError(f"{package.path}: the function {name} has no block for its opset.")
    return _Binder(f"{package.path} ({name})", weights, round_fp16).bind(function.inputs, block)


class _Binder:
    def __init__(self, where: str, weights: Weights, round_fp16: bool) -> None:
        self.where, self.weights, self.round_fp16 = where, weights, round_fp16
        self.template: Slots = []
        self.places: dict[str, int] = {}
        self.kinds: dict[str, TensorType] = {}
        self.known: dict[str, tuple[Any, Constant]] = {}  # with the message, if any
        self.folded: dict[str, Tensor] = {}
        self.calls: list[tuple[Call, tuple[Result, ...]]] = []
        self.nodes: list[Node] = []

    def bind(self, inputs: Any, block: Any) -> BoundFunction:
        types: dict[str, TensorType] = {}
        states: dict[str, TensorType] = {}
        for value in inputs:
            state = value.type.WhichOneof("type") == "stateType"
            kind = self._guarded(value.name, partial(tensor_type, value.type, state=True))
            (states if state else types)[value.name] = kind
            self._name(value.name, kind)
        for operation in block.operations:
            made = ", ".join(output.name for output in operation.outputs)
            what = f"the operation {operation.type} (output {made or 'none'})"
            self._guarded(what, partial(self._operation, operation))
        for name in block.outputs:
            self._slot(name)
        outputs = {name: self.kinds[name] for name in block.outputs}
        return BoundFunction(
            where=self.where,
            inputs=types,
            outputs=outputs,
            states=states,
            steps=self._steps(list(outputs), states),
            template=self.template,
            places=self.places,
        )

    def _guarded(self, what: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SessionError(f"{self.where}: {what}: {reason}.") from error
        except SessionError as error:
            raise SessionError(f"{self.where}: {what}: {str(error).rstrip('.')}.") from error

    def _name(self, name: str, kind: TensorType, value: Tensor | None = None) -> int:
        if name in self.kinds:
            raise SessionError(f"the name {name} is given twice")
        self.kinds[name] = kind
        self.places[name] = len(self.template)
        self.template.append(value)
        return self.places[name]

    def _slot(self, name: str) -> int:
        """Return the slot of a tensor; a constant gets one on first use."""
        if name in self.places:
            return self.places[name]
        if name in self.folded:
            self.places[name] = len(self.template)
            self.template.append(self.folded[name])
            return self.places[name]
        if name not in self.known:
            raise SessionError(f"{self.where}: no operation gives {name}; the package is damaged.")
        self.folded[name] = self.weights.tensor(*self.known[name])
        return self._slot(name)

    def _operation(self, operation: Any) -> None:
        if operation.type == CONSTANT:
            self._constant(operation)
            return
        entry = OPS.get(operation.type)
        if entry is None or operation.blocks:
            raise SessionError("it is not one that can be evaluated; lower the stage without it")
        arguments = self._arguments(operation)
        self._check_inputs(entry, arguments)
        operands, attributes, computed = self._sort(entry, arguments)
        if entry.name.startswith(FOLDED):
            if computed:
                raise SessionError("its inputs must be constants")
            self._fold(operation, Call(entry, operands, attributes, {}).closure()(self.template))
            return
        results = []
        for output in operation.outputs:
            kind = tensor_type(output.type)
            slot = self._name(output.name, kind)
            rounds = kind.rounds and self.round_fp16 and not entry.exact
            results.append(Result(output.name, slot, kind, held_dtype(kind), rounds))
        first = next(iter(entry.parameters))
        rest = [name for p, names in arguments.items() if p != first for name in names]
        names = (*arguments.get(first, ()), *rest)
        in_place = entry.in_place and isinstance(operands.get(first), int)
        self.nodes.append(Node(entry.name, names, tuple(r.name for r in results), in_place))
        self.calls.append((Call(entry, operands, attributes, computed), tuple(results)))

    def _constant(self, operation: Any) -> None:
        message = operation.attributes["val"]
        name = operation.outputs[0].name
        if name in self.known:
            raise SessionError(f"the name {name} is given twice")
        value = self.weights.constant(message)
        self.known[name] = (message, value)
        if isinstance(value, tuple):
            self.kinds[name] = value[0]

    def _arguments(self, operation: Any) -> dict[str, list[str]]:
        """Return the names bound to each input; literal values get names of their own."""
        arguments: dict[str, list[str]] = {}
        for parameter, argument in operation.inputs.items():
            names = []
            for number, binding in enumerate(argument.arguments):
                if binding.WhichOneof("binding") == "name":
                    names.append(binding.name)
                    continue
                names.append(self._literal(operation, f"{parameter}.{number}", binding.value))
            arguments[parameter] = names
        for parameter, message in operation.attributes.items():
            if parameter != "name":
                arguments[parameter] = [self._literal(operation, parameter, message)]
        return arguments

    def _literal(self, operation: Any, parameter: str, message: Any) -> str:
        name = f"{operation.outputs[0].name if operation.outputs else ''}:{parameter}"
        self.known[name] = (message, self.weights.constant(message))
        return name

    def _check_inputs(self, entry: Operation, arguments: Mapping[str, list[str]]) -> None:
        for parameter in arguments:
            if parameter not in entry.parameters:
                raise SessionError(f"its input {parameter} is not one that can be evaluated")
        for parameter in entry.required:
            if parameter not in arguments:
                raise SessionError(f"it lacks its input {parameter}")

    def _sort(self, entry: Operation, arguments: Mapping[str, list[str]]) -> tuple[Any, Any, Any]:
        """Sort arguments into tensors by slot, plain constants, and plain values to compute."""
        operands: dict[str, int | list[int]] = {}
        attributes: dict[str, Any] = {}
        computed: dict[str, int | list[int]] = {}
        for parameter, names in arguments.items():
            several = parameter in entry.lists and (len(names) != 1 or parameter in entry.tensors)
            if len(names) != 1 and not several:
                raise SessionError(f"its input {parameter} takes one value, not {len(names)}")
            if parameter in entry.tensors:
                slots = [self._slot(name) for name in names]
                operands[parameter] = slots if several else slots[0]
            elif all(name in self.known for name in names):
                values = [plain(self.known[name][1]) for name in names]
                attributes[parameter] = values if several else values[0]
            else:
                slots = [self._slot(name) for name in names]
                computed[parameter] = slots if several else slots[0]
        return operands, attributes, computed

    def _fold(self, operation: Any, value: Any) -> None:
        values = value if isinstance(value, tuple) else (value,)
        for output, tensor in zip(operation.outputs, values, strict=True):
            kind = tensor_type(output.type)
            tensor = tensor.to(held_dtype(kind))
            if not kind.admits(tuple(tensor.shape)):
                raise SessionError(f"it gives {tuple(tensor.shape)}, the program says {kind.shape}")
            self._name(output.name, kind, rounded(tensor) if kind.rounds else tensor)

    def _steps(self, outputs: list[str], states: Mapping[str, TensorType]) -> tuple[Step, ...]:
        dying = deaths(self.nodes, outputs)
        updates = overwriting(self.nodes, outputs)
        fresh = {
            result.name
            for number, (call, results) in enumerate(self.calls)
            for result in results
            if number not in updates and (result.rounds or not call.op.aliases)
        }
        written = [node.operands[1] for node in self.nodes if node.kind == "write_state"]
        moved = {result.name for number in updates for result in self.calls[number][1]}
        owned = {name for name in (fresh | moved) if written.count(name) == 1}
        steps = []
        for number, (call, results) in enumerate(self.calls):
            node = self.nodes[number]
            writes = call.op.name == "write_state"
            if writes and node.operands[0] not in states:
                raise SessionError(f"{self.where}: {node.operands[0]} is written but is no state.")
            steps.append(
                Step(
                    call=call.closure(number in updates),
                    operation=call.op.name,
                    results=results,
                    dead=tuple(self.places[name] for name in dying[number]),
                    state=self.places[node.operands[0]] if writes else None,
                    owned=writes and node.operands[1] in owned,
                )
            )
        return tuple(steps)
