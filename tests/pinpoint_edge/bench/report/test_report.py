"""The report: self-contained, safe with any text, small, and readable in a real browser."""

from __future__ import annotations

import csv
import io
import re
import shutil

import pytest
from PIL import Image

from pinpoint_edge.bench.record.record import write_record
from pinpoint_edge.bench.report.html import report
from pinpoint_edge.bench.report.tables import answers_csv, markdown
from pinpoint_edge.bench.report.worst import worst_answers

from ..records import record

CONTRAST = """
() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
    return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b); };
  const ground = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
  let least = 99;
  for (const e of document.querySelectorAll('p, td, th, h1, h2, figcaption, pre, svg text')) {
    const ink = getComputedStyle(e)[e.closest('svg') ? 'fill' : 'color'];
    const [a, b] = [light(ink), light(ground(e))].sort((x, y) => y - x);
    least = Math.min(least, (a + .05) / (b + .05));
  }
  return least;
}
"""


@pytest.fixture(scope="module")
def html() -> str:
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")
    return report([record("a", count=200), record("b", count=200, ms=700.0)], {})


def test_one_file_that_asks_for_nothing(html):
    assert len(html) < 1_000_000
    for address in re.findall(r'(?:href|src|url)\s*[=(]\s*"?([^")\s>]+)', html):
        assert address.startswith(("data:", "#")), address
    assert "<script" not in html
    assert html.count("<svg") >= 3 + 2 + 12  # pictures, sensors of each, worst answers
    assert "#010203" not in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_texts_of_records_are_no_markup(html):
    assert "What is &lt;b&gt;" in html
    assert "<b>" not in html


def test_records_of_another_kind_fit_as_well():
    bare = record("bare", count=2, series=(), energy=None, sustained=(), memory=())
    page = report([bare, record("bare", count=2)], {})
    assert "bare #1 on local" in page
    assert "not measured" in page


def test_tables():
    records = [record("a|b", count=4), record("c", count=4)]
    lines = markdown(records).splitlines()
    assert lines[0].count("|") - lines[0].count("\\|") == 4
    assert lines[2] == "| valid | yes | yes |"
    rows = list(csv.DictReader(io.StringIO(answers_csv(records))))
    assert len(rows) == 8
    assert rows[1]["cold_ms"] == ""
    assert float(rows[0]["joules"]) > 0


def test_the_worst_answers_are_drawn_on_their_pages(tmp_path):
    made = record(count=8, anls=0.0)
    Image.new("RGB", (600, 800), "white").save(tmp_path / "page.png")
    Image.new("RGB", (60, 80), "white").save(tmp_path / "small.png")
    files = {"page-0.png": tmp_path / "page.png", "page-1.png": tmp_path / "small.png"}
    found = {each.answer.page: each for each in worst_answers(made, files)}
    assert found["page-0.png"].picture.startswith("data:image/jpeg;base64,")
    assert found["page-1.png"].picture is None  # not the page that was asked
    assert found["page-2.png"].picture is None
    assert found["page-0.png"].gold == ((50.0, 60.0, 200.0, 30.0),)


def test_the_command(tmp_path, pinpoint_bench):
    pytest.importorskip("jinja2")
    write_record(tmp_path / "r.json", record(count=4))
    out, table, sheet = (tmp_path / name for name in ("r.html", "r.md", "r.csv"))
    code, said, err = pinpoint_bench(
        "report", tmp_path / "r.json", "-o", out, "--table", table, "--csv", sheet
    )
    assert code == 0, err
    assert "r.html" in said
    assert out.read_text().startswith("<!doctype html>")
    assert table.read_text().startswith("| |")
    assert len(sheet.read_text().splitlines()) == 5
    code, _, err = pinpoint_bench("report", tmp_path / "r.json", "-o", tmp_path / "r.json")
    assert code == 9
    (tmp_path / "odd.json").write_text('{"schema": 9}')
    code, _, err = pinpoint_bench("report", tmp_path / "odd.json", "-o", out)
    assert code == 8
    assert "schema 9" in err


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "media"), [
    ("light", "screen"), ("dark", "screen"), ("light", "print"),
])  # fmt: skip
def test_a_browser_shows_it_readably(html, tmp_path, scheme, media):
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no browser is installed")
    (tmp_path / "r.html").write_text(html, "utf-8")
    said, asked = [], []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.emulate_media(color_scheme=scheme, media=media)
        page.goto((tmp_path / "r.html").as_uri())
        assert page.evaluate(CONTRAST) >= 4.5
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=tmp_path / "r.png", full_page=True)
        browser.close()
    assert said == []
    assert [address for address in asked if not address.startswith("data:")] == asked[:1]
    colours = Image.open(tmp_path / "r.png").convert("RGB").getcolors(1 << 24)
    assert len(colours) > 200
