"""The call of an operation, closed over the values that are known when its program is bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from pinpoint_runtimes.mil.registry import Operation
from pinpoint_runtimes.mil.values import Constant

Places = int | list[int]


def plain(value: Constant | Tensor) -> Any:
    """Return a constant or a tensor as a Python number, text or list of them."""
    if isinstance(value, tuple):
        return value[1].tolist()
    return value.tolist() if isinstance(value, Tensor) else value


@dataclass(frozen=True)
class Call:
    """An operation and the sources of its inputs.

    operands: slots of tensors; computed: slots of tensors that it takes as plain values;
    attributes: plain values. A list of slots is a list for the operation.
    """

    op: Operation
    operands: Mapping[str, Places]
    attributes: Mapping[str, Any]
    computed: Mapping[str, Places]

    def closure(self, in_place: bool = False) -> Callable[[list[Any]], Any]:
        """Return the call over slots; in_place: it overwrites its first operand."""
        attributes = dict(self.attributes)
        if in_place:
            attributes["in_place"] = True
        function = partial(self.op.function, **attributes)
        operands, computed = tuple(self.operands.items()), tuple(self.computed.items())

        def fetch(places: Places, slots: list[Any]) -> Any:
            return slots[places] if isinstance(places, int) else [slots[p] for p in places]

        def call(slots: list[Any]) -> Any:
            return function(**{name: fetch(places, slots) for name, places in operands})

        def call_computing(slots: list[Any]) -> Any:
            given = {name: fetch(places, slots) for name, places in operands}
            for name, places in computed:
                value = fetch(places, slots)
                given[name] = [plain(v) for v in value] if isinstance(value, list) else plain(value)
            return function(**given)

        return call_computing if computed else call
