"""The site: it builds in strict mode, names every page, and loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from .markdown import ROOT


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_links", ROOT / "docs/site_links.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("page", "markdown", "expected"), [
    ("a.md", "[us](../README.md)", "us (`README.md`)"),
    ("a.md", "[log](../export/logs/x.jsonl#end)", "log (`export/logs/x.jsonl`)"),
    ("a.md", "[here](./b.md#c)", "[here](./b.md#c)"),
    ("guides/a.md", "[up](../b.md)", "[up](../b.md)"),
    ("guides/a.md", "[out](../../README.md)", "out (`README.md`)"),
    ("a.md", "[web](https://example.org/../x)", "[web](https://example.org/../x)"),
])  # fmt: skip
def test_links_out_of_the_docs_become_paths(hook, page, markdown, expected):
    named = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    assert hook.on_page_markdown(markdown, page=named) == expected


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory):
    pytest.importorskip("material")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def test_the_navigation_names_every_page(site):
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"([\w/-]+\.md)", config))
    assert {str(page) for page in pages} == named
    assert all((site / name.replace(".md", ".html")).is_file() for name in named)


def test_the_site_loads_nothing_from_elsewhere(site):
    remote = re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>")
    for page in site.rglob("*.html"):
        assert remote.findall(page.read_text(encoding="utf-8")) == [], page.name
