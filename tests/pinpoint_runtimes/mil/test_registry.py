from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from torch import Tensor

from pinpoint_runtimes.mil import ops
from pinpoint_runtimes.mil.registry import OPS, op

TESTS = Path(__file__).parent / "ops"
SAVED_AS = {"coreml_update_state": "write_state"}  # by coremltools, of whose builder tests speak


def built_by(path: Path) -> set[str]:
    """The operations that a test file puts into packages: what it calls on `mb`."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    names = {
        node.func.attr
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "mb"
    }
    return {SAVED_AS.get(name, name) for name in names}


@pytest.mark.parametrize("family", ops.__all__)
def test_every_operation_is_tested_beside_its_family(family: str) -> None:
    module = f"pinpoint_runtimes.mil.ops.{family}"
    own = {name for name, entry in OPS.items() if entry.function.__module__ == module}
    assert own, f"{family} enters no operation"
    assert own - built_by(TESTS / f"test_{family}.py") == set()


def test_an_operation_cannot_be_entered_twice() -> None:
    with pytest.raises(ValueError, match="relu is entered twice"):

        @op("relu")
        def again(x: Tensor) -> Tensor:
            return x


def test_annotations_say_what_is_a_tensor() -> None:
    conv, concat = OPS["conv"], OPS["concat"]
    assert conv.tensors == {"x", "weight", "bias"}
    assert conv.required == ["x", "weight"]
    assert concat.tensors == concat.lists == {"values"}
    assert "in_place" not in OPS["slice_update"].parameters


def test_the_guide_lists_every_operation_with_its_file() -> None:
    guide = (Path(__file__).parents[3] / "docs/mil.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)\.py` \| (.*) \|$", guide, re.MULTILINE)
    listed = {name: family for family, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert listed == {
        name: entry.function.__module__.rpartition(".")[2] for name, entry in OPS.items()
    }
    assert f"has the {len(OPS)} operations" in guide
