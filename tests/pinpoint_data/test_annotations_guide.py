"""docs/annotations.md: its examples are valid, its commands exist, no field is missing."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from pinpoint_data.cli import cli
from pinpoint_data.datasets import MODULES
from pinpoint_edge.evaluation.annotations import parse

GUIDE = (Path(__file__).parents[2] / "docs/annotations.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^pinpoint-data .*", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_question(example: str):
    question, problems = parse(json.loads(example), Path("."))
    assert (question is None, problems) == (False, [])


def test_the_examples_show_every_case():
    questions = [parse(json.loads(text), Path("."))[0] for text in EXAMPLES]
    asked = [question for question in questions if question is not None]
    assert any(question.other_pages for question in asked)
    assert any(not question.answers for question in asked)
    assert any(question.answers == ("yes",) for question in asked)
    assert any(len(question.answer_boxes) > 1 for question in asked)


def test_every_field_is_described():
    table = GUIDE.split("## Checks")[0]
    described = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.M))))
    question, _ = parse(json.loads(EXAMPLES[0]), Path("."))
    assert question is not None
    fields = set(question.__dataclass_fields__) - {"file"}
    assert described == fields


@pytest.mark.parametrize("line", COMMANDS)
def test_each_option_of_a_command_exists(line: str):
    _, name, *words = shlex.split(line)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


def test_every_set_is_described():
    assert all(f"| `{name}` |" in GUIDE for name in MODULES)
