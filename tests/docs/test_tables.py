"""Tables of the docs hold: each kind of file has its test, each error its exit code."""

from __future__ import annotations

import re

from pinpoint_edge import errors

from .markdown import ROOT


def test_every_kind_of_file_has_its_test() -> None:
    rows = (ROOT / "docs/pages.md").read_text(encoding="utf-8").split("## Objects")[0]
    named = re.findall(r"\| `(test_\w+)` \|$", rows, re.MULTILINE)
    assert len(named) == rows.count("\n| ") - 1  # the head has none
    tests = ROOT.glob("tests/pinpoint_edge/vision/test_page*.py")
    defined = "".join(path.read_text(encoding="utf-8") for path in tests)
    assert [name for name in named if f"def {name}(" not in defined] == []


def test_every_error_has_its_exit_code() -> None:
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8").split("## Exit codes")[1]
    documented = re.findall(r"\| (\d+) \| `(\w+)` \|", text)
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    raised = {(str(each.exit_code), each.code) for each in kinds}
    assert raised - {("1", "error")} == set(documented) - {("70", "internal")}
