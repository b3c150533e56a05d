from __future__ import annotations

from pinpoint_runtimes.mil.liveness import Node, deaths, overwriting

READ = Node("read_state", ("s",), ("old",))
UPDATE = Node("slice_update", ("old", "rows"), ("new",), in_place=True)
WRITE = Node("write_state", ("s", "new"), ())
REREAD = Node("read_state", ("s",), ("held",))


def test_values_die_after_their_last_use() -> None:
    nodes = [
        Node("relu", ("x",), ("a",)),
        Node("exp", ("a",), ("b",)),
        Node("add", ("a", "b"), ("c",)),
        Node("split", ("c",), ("d", "unused")),
    ]
    assert deaths(nodes, ["d"]) == [[], [], ["a", "b"], ["c", "unused"]]


def test_an_update_between_read_and_write_may_overwrite() -> None:
    assert overwriting([READ, UPDATE, WRITE, REREAD], ["held"]) == {1}


def test_not_while_the_old_value_is_needed() -> None:
    use = Node("exp", ("old",), ("other",))
    assert overwriting([READ, UPDATE, WRITE, use], []) == set()
    assert overwriting([READ, UPDATE, WRITE], ["old"]) == set()
    twice = Node("slice_update", ("old", "old"), ("new",), in_place=True)
    assert overwriting([READ, twice, WRITE], []) == set()


def test_not_when_the_state_is_read_again_before_it_is_written() -> None:
    assert overwriting([READ, REREAD, UPDATE, WRITE], []) == set()
    assert overwriting([READ, UPDATE, REREAD, WRITE], []) == set()


def test_not_when_it_is_written_twice_or_elsewhere() -> None:
    assert overwriting([READ, UPDATE, WRITE, WRITE], []) == set()
    elsewhere = Node("write_state", ("t", "new"), ())
    assert overwriting([READ, UPDATE, elsewhere], []) == set()


def test_not_by_an_operation_without_such_a_form() -> None:
    add = Node("add", ("old", "rows"), ("new",))
    assert overwriting([READ, add, WRITE], []) == set()
