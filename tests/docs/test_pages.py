"""Every page of the docs: its links lead somewhere, its commands parse."""

from __future__ import annotations

import pytest

from .command_lines import check
from .markdown import PAGES, ROOT, anchors, commands, links

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
LINES = [(name, words) for name in NAMES for words in commands(ROOT / name)]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_and_a_heading(name):
    broken = []
    for path, anchor in links(ROOT / name):
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(f"{path.name}#{anchor}")
    assert broken == []


@pytest.mark.parametrize(
    ("name", "words"), LINES, ids=[f"{name}-{' '.join(words)[:60]}" for name, words in LINES]
)
def test_every_command_line_parses(name, words, monkeypatch):
    check(words, monkeypatch)


def test_there_are_commands_to_check():
    assert len([words for name, words in LINES if words[0].startswith("pinpoint")]) > 100
