"""The table of MIL operations that can be evaluated: one function each, entered by `@op`.

A function takes the operation's inputs by their MIL names. The annotation gives the form of each:
`Tensor` (or a list of them) is a torch tensor, all else is a plain Python value, taken from
constants when a program is bound, or from a tensor at each run if it is computed.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from torch import Tensor

Function = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        tensors: parameters that take a tensor; lists: those that take a list, of tensors or not.
        required: parameters without a default.
        exact: every value of the result is one of the operands' (or an integer or truth value), so
            rounding changes nothing.
        aliases: the result can share memory with an operand.
        in_place: it has a form that overwrites its first operand.
    """

    name: str
    function: Function
    parameters: Mapping[str, inspect.Parameter]
    tensors: frozenset[str]
    lists: frozenset[str]
    exact: bool
    aliases: bool
    in_place: bool

    @property
    def required(self) -> list[str]:
        """Return the inputs that an operation must give."""
        return [n for n, p in self.parameters.items() if p.default is inspect.Parameter.empty]


OPS: dict[str, Operation] = {}


def op(
    *names: str, exact: bool = False, aliases: bool = False, in_place: bool = False
) -> Callable[[Function], Function]:
    """Enter a function under its MIL names; see `Operation` for the flags."""

    def enter(function: Function) -> Function:
        hints = get_type_hints(function)
        parameters = dict(inspect.signature(function).parameters)
        if in_place:
            parameters.pop("in_place")
        for name in names:
            if name in OPS:
                raise ValueError(f"the operation {name} is entered twice")
            OPS[name] = Operation(
                name=name,
                function=function,
                parameters=parameters,
                tensors=frozenset(n for n in parameters if _mentions_tensor(hints[n])),
                lists=frozenset(n for n in parameters if _is_list(hints[n])),
                exact=exact,
                aliases=aliases,
                in_place=in_place,
            )
        return function

    return enter


def _mentions_tensor(hint: Any) -> bool:
    return hint is Tensor or any(_mentions_tensor(part) for part in get_args(hint))


def _is_list(hint: Any) -> bool:
    return getattr(hint, "__origin__", None) is list or any(
        getattr(part, "__origin__", None) is list for part in get_args(hint)
    )
