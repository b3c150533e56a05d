"""The README: short, its commands parse, its Python sample names what exists."""

from __future__ import annotations

import ast
import dataclasses

import pytest

import pinpoint_edge

from .docs.command_lines import check
from .docs.markdown import ROOT, blocks, commands

README = ROOT / "README.md"


def test_the_readme_takes_two_minutes():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("words", list(commands(README)), ids=" ".join)
def test_every_command_line_parses(words, monkeypatch):
    check(words, monkeypatch)


def members(kind: type) -> set[str]:
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    return {*dir(kind), *(field.name for field in fields)}


class Sample(ast.NodeVisitor):
    """Follows a sample's names to their types, by what our functions say that they return."""

    def __init__(self) -> None:
        self.names: dict[str, object] = {"print": print}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.module == "pinpoint_edge"
        for alias in node.names:
            assert alias.name in pinpoint_edge.__all__
            self.names[alias.name] = getattr(pinpoint_edge, alias.name)

    def visit_Assign(self, node: ast.Assign) -> None:
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        self.names[target.id] = self.type_of(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        self.type_of(node.value)

    def type_of(self, node: ast.expr) -> object:
        if isinstance(node, ast.Name):
            return self.names[node.id]
        if isinstance(node, ast.Attribute):
            owner = self.type_of(node.value)
            assert isinstance(owner, type)
            assert node.attr in members(owner), f"{owner.__name__}.{node.attr}"
            return getattr(owner, node.attr, None)
        if isinstance(node, ast.Call):
            for argument in node.args:
                self.type_of(argument)
            called = self.type_of(node.func)
            returned = getattr(called, "__annotations__", {}).get("return", "None")
            return getattr(pinpoint_edge, returned, None)
        return None


def test_every_name_of_the_sample_exists():
    (sample,) = blocks(README, "python")
    visitor = Sample()
    visitor.visit(ast.parse(sample))
    assert visitor.names["answer"] is pinpoint_edge.Answer
    with pytest.raises(AssertionError, match=r"Answer\.words"):
        visitor.visit(ast.parse("answer.words"))
