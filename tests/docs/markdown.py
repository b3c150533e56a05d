"""Markdown taken apart: links, headings and the commands of code blocks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "export/README.md",
    *sorted((ROOT / "experiments").glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code blocks of a language; an empty one means blocks of commands."""
    text = page.read_text(encoding="utf-8")
    return [match[2] for match in _FENCE.finditer(text) if match[1] == language]


def commands(page: Path) -> Iterator[list[str]]:
    """Every command line in the page's code blocks, in words, without comments."""
    for block in blocks(page, ""):
        for line in block.replace("\\\n", " ").splitlines():
            try:
                words = shlex.split(line, comments=True)
            except ValueError:  # a diagram
                continue
            words = [word for word in words if word.strip("[]")]
            if words[:2] == ["/usr/bin/time", "-v"]:
                words = words[2:]
            if words:
                yield [words[0].removeprefix(".venv/bin/"), *words[1:]]


def links(page: Path) -> list[tuple[Path, str]]:
    """The files that a page links to, each with its anchor; addresses of the web left out."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    found = []
    for target in _LINK.findall(text):
        if not target.startswith(("http://", "https://", "mailto:")):
            path, _, anchor = target.partition("#")
            found.append(((page.parent / path).resolve() if path else page, anchor))
    return found


def anchors(page: Path) -> set[str]:
    """The anchors of a page: its headings as GitHub and MkDocs spell them, and `<a name=...>`."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    spelled = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*spelled, *re.findall(r'<a (?:name|id)="([^"]+)"', text)}
