"""The lifetime of values in a list of operations, and the values that can be overwritten."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """The reads and writes of one operation.

    operands: names of its inputs in order; results: names of its outputs.
    """

    kind: str
    operands: tuple[str, ...]
    results: tuple[str, ...]
    in_place: bool = False


def deaths(nodes: Sequence[Node], kept: Sequence[str]) -> list[list[str]]:
    """Return, for each node, the values that no later node needs."""
    last: dict[str, int] = {}
    for number, node in enumerate(nodes):
        for name in (*node.results, *node.operands):
            last[name] = number
    dying: list[list[str]] = [[] for _ in nodes]
    made = {name for node in nodes for name in node.results}
    for name, number in last.items():
        if name in made and name not in kept:
            dying[number].append(name)
    return dying


def overwriting(nodes: Sequence[Node], kept: Sequence[str]) -> set[int]:
    """Return the nodes that can overwrite their first operand, the contents of a state.

    These are the updates in `read_state -> update -> write_state` of a state that is read once and
    then written once, when no other node needs the value read.
    """
    uses = Counter(name for node in nodes for name in node.operands)
    reads = Counter(node.operands[0] for node in nodes if node.kind == "read_state")
    writers = [i for i, node in enumerate(nodes) if node.kind == "write_state"]
    writes = Counter(nodes[i].operands[0] for i in writers)
    maker = {name: i for i, node in enumerate(nodes) for name in node.results}
    found = set()
    for writer in writers:
        state, data = nodes[writer].operands[:2]
        update = maker.get(data)
        if update is None or writes[state] != 1 or not nodes[update].in_place:
            continue
        old = nodes[update].operands[0]
        reader = maker.get(old)
        if reader is None or nodes[reader].kind != "read_state":
            continue
        earlier = [n for n in nodes[:writer] if n.kind == "read_state" and n.operands[0] == state]
        own = nodes[reader].operands[0] == state and reads[state] >= len(earlier) == 1
        if own and uses[old] == 1 and old not in kept:
            found.add(update)
    return found
