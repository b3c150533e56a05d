"""Files and folders that the docs name by their path are there."""

from __future__ import annotations

import re

import pytest

from .markdown import ROOT

# A path may start at the root, at a source folder, or at a package.
BASES = tuple(ROOT / name for name in (".", "pinpoint_edge", "runtimes", "export", "quantization"))
NAMED = re.compile(r"`([\w-]+(?:/[\w.-]+)*(?:/|\.(?:py|toml|md|txt)))`")
MADE = {"site/"}  # made by a command
ABSTRACT = ("NAME", "TARGET", "OUT")


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/stability.md"]
)
def test_every_named_path_is_there(page):
    named = set(NAMED.findall((ROOT / page).read_text(encoding="utf-8")))
    looked_up = {
        path for path in named if "/" in path and not any(word in path for word in ABSTRACT)
    }
    packages = [folder for base in BASES for folder in base.glob("pinpoint_*") if folder.is_dir()]
    missing = {
        path
        for path in looked_up - MADE
        if not any((base / path).exists() for base in (*BASES, *packages))
    }
    assert missing == set()
