"""Asking a set: the order and the times on a scripted reader, the rest on a bundle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.bench.commands import eval as eval_command
from pinpoint_edge.document.strategy import every_region
from pinpoint_edge.evaluation import ask, strategies
from pinpoint_edge.evaluation.ask import WITHOUT_GLANCE, ask_set, asking
from pinpoint_edge.evaluation.dataset import AnnotatedPage, load_dataset
from pinpoint_edge.evaluation.predictions import Prediction, prediction_log
from pinpoint_edge.result import Answer, EvidenceRegion, TokenCount
from pinpoint_edge.vision.regions import Region

Bench = Callable[..., tuple[int, str, str]]

LINES = {
    "receipt.png": ("Corner Bakery", "Date: 14/03/2019", "Total: 48.75"),
    "invoice.png": ("Northern Timber", "Date: 02/11/2020", "Total: 915.20"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two small pages of three large printed lines, with two questions each."""
    font = ImageFont.load_default(32)
    rows = []
    for name, lines in LINES.items():
        image = Image.new("RGB", (480, 300), "white")
        pen = ImageDraw.Draw(image)
        boxes = []
        for k, line in enumerate(lines):
            pen.text((30, 30 + 90 * k), line, fill="black", font=font)
            boxes.append(list(pen.textbbox((30, 30 + 90 * k), line, font=font)))
        image.save(tmp_path / name)
        for k, field in ((1, "date"), (2, "total")):
            rows.append(
                {
                    "id": f"{name}-{field}",
                    "image": name,
                    "question": f"What is the {field}?",
                    "answers": [lines[k].split(": ")[1]],
                    "answer_boxes": [boxes[k]],
                    "support_boxes": [boxes[k]],
                    "page": 0,
                    "width": 480,
                    "height": 300,
                }
            )
    path = tmp_path / "qa.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class Clock:
    """A clock that only scripted work moves; seconds."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    scripted = Clock()
    monkeypatch.setattr(ask, "time", scripted)
    return scripted


class ScriptedDocument:
    """A document whose opening took 40 ms of glance, and which answers after 5 ms."""

    def __init__(self, log: list[tuple[str, ...]], path: str, clock: Clock) -> None:
        self.log, self.path, self.clock = log, path, clock
        self.timings = {"detect": 20.0, "glance": 40.0}
        box = (25.0, 205.0, 300.0, 250.0)  # around the line with the total
        quad = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
        self.regions = [Region(np.array(quad, np.float32), 0.9, 0)]
        self.evidence = (EvidenceRegion("Total", box, 0, 1.0, 1.0),)

    def look(self) -> None:
        """Nothing is left to look at."""

    def ask(self, question: str, *, strategy: Any, **options: Any) -> Answer:
        name = "full-page" if strategy is every_region else "pinpoint"
        self.log.append(("ask", name, Path(self.path).name, question))
        self.clock.now += 0.005
        found = "total" in question
        return Answer(
            text="48.75" if found else None,
            found=found,
            kind="span" if found else "not-found",
            confidence=0.9,
            page=0 if found else None,
            boxes=(self.evidence[0].box,) if found else (),
            quads=(),
            evidence=self.evidence,
            tokens=TokenCount(7, 1, 30, 4, 256, 28),
            timings={"decode": 5.0},
        )


class ScriptedReader:
    def __init__(self, clock: Clock) -> None:
        self.log: list[tuple[str, ...]] = []
        self.clock = clock

    def open(self, path: str) -> ScriptedDocument:
        self.log.append(("open", path))
        self.clock.now += 0.06
        return ScriptedDocument(self.log, path, self.clock)


@pytest.fixture
def pages(data: Path) -> list[AnnotatedPage]:
    return load_dataset(data)


def runs(log: list[tuple[str, ...]]) -> Iterator[tuple[str, str, int]]:
    """(reader, page, questions) of each opened document."""
    for k, entry in enumerate(log):
        if entry[0] == "open":
            asked = []
            for following in log[k + 1 :]:
                if following[0] == "open":
                    break
                asked.append(following)
            yield asked[0][1], asked[0][2], len(asked)


def asked(clock: Clock, pages: list[AnnotatedPage], *strategies: str) -> list[Prediction]:
    return ask_set(pages, asking(ScriptedReader(clock), strategies))  # type: ignore[arg-type]


def test_strategies_take_turns_on_fresh_documents(clock: Clock, pages: list[AnnotatedPage]):
    model = ScriptedReader(clock)
    made = ask_set(pages, asking(model, ["pinpoint", "full-page"]))  # type: ignore[arg-type]
    assert list(runs(model.log)) == [
        ("pinpoint", "receipt.png", 1),  # warming up
        ("full-page", "receipt.png", 1),
        ("pinpoint", "receipt.png", 2),
        ("full-page", "receipt.png", 2),
        ("full-page", "invoice.png", 2),
        ("pinpoint", "invoice.png", 2),
    ]
    assert len(made) == 8
    assert [p.cold_ms is None for p in made] == [False, True] * 4


def test_times_are_cold_on_the_first_question_and_count_no_unused_glance(
    clock: Clock, pages: list[AnnotatedPage]
):
    first, following, other, _ = asked(clock, pages[:1], "pinpoint", "full-page")
    assert first.cold_ms == pytest.approx(65)
    assert following.ms == pytest.approx(5)
    assert first.opening == {"detect": 20.0, "glance": 40.0}
    assert other.cold_ms == pytest.approx(25)
    assert other.opening == {"detect": 20.0}
    assert set(strategies.STRATEGIES) > WITHOUT_GLANCE


def test_predictions_hold_what_the_document_said(clock: Clock, pages: list[AnnotatedPage]):
    date, total = asked(clock, pages[:1], "pinpoint")
    assert (date.answer, date.page, date.boxes) == (None, None, ())
    assert (total.answer, total.page, len(total.boxes)) == ("48.75", 0, 1)
    assert (total.llm_tokens, total.evidence_tokens, total.page_tokens) == (30, 7, 28)
    assert (date.regions_recall, total.regions_recall) == (0, 1)


def test_a_set_goes_on_where_its_log_ends(clock: Clock, pages: list[AnnotatedPage], tmp_path: Path):
    path = tmp_path / "out.jsonl"
    log = prediction_log(path)
    for prediction in asked(clock, pages, "pinpoint")[:1]:
        log.add(prediction)
    model = ScriptedReader(clock)
    seen: list[AnnotatedPage] = []
    made = ask_set(
        pages,
        asking(model),  # type: ignore[arg-type]
        prediction_log(path),
        on_page=seen.append,
        warm_up=False,
    )
    assert [p.id for p in made] == [q.id for page in pages for q in page.questions]
    assert next(entry[3] for entry in model.log if entry[0] == "ask") == "What is the total?"
    assert made[1].cold_ms is not None
    assert seen == pages
    assert list(prediction_log(path).done) == [p.key for p in made]
    again = ScriptedReader(clock)
    assert len(ask_set(pages, asking(again), prediction_log(path))) == 4  # type: ignore[arg-type]
    assert again.log == [], "nothing is asked twice"


def test_the_command_offers_every_strategy():
    assert eval_command.STRATEGIES == strategies.STRATEGIES


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--strategy", "psychic"], 2, "psychic"),
        (["--limit", "0"], 2, "limit"),
        (["--coverage", "0"], 2, "coverage"),
        (["--resume"], 2, "--resume needs --predictions"),
        (["--output", "no/folder/out.json"], 9, "no/folder"),
        (["--plot", "out.txt"], 9, ".png"),
        (["--split", "gone.txt"], 8, "gone.txt"),
    ],
)
def test_bad_options_end_before_any_work(
    pinpoint_bench: Bench, data: Path, options: list[str], code: int, message: str
):
    got, out, err = pinpoint_bench("eval", "no-bundle", "--data", data, *options)
    assert got == code
    assert message in out + err
    assert "Traceback" not in err


def test_a_folder_that_is_no_bundle_leaves_no_predictions(pinpoint_bench: Bench, data: Path):
    out = data.parent / "out.jsonl"
    code, _, err = pinpoint_bench("eval", data.parent, "--data", data, "--predictions", out)
    assert code == 5
    assert "error[bundle]" in err
    assert not out.exists()


@pytest.mark.slow
def test_real_strategies_on_real_pages(pinpoint_bench: Bench, forms_bundle: Path, data: Path):
    predictions, figures = data.parent / "out.jsonl", data.parent / "figures.json"
    arguments = [
        *("eval", forms_bundle, "--data", data, "--strategy", "full-page"),
        *("--compare", "pinpoint", "--compare", "oracle", "--predictions", predictions),
    ]
    diagram = data.parent / "reliability.svg"
    code, out, err = pinpoint_bench(*arguments, "-o", figures, "--plot", diagram)
    assert code == 0, err
    assert "expected calibration error" in out
    assert "<!-- pinpoint -->" in diagram.read_text()
    assert json.loads(figures.read_text())["methods"][1]["reliability"]["error"]["count"] == 4
    assert "full-page" in out
    assert "cold page" in out
    rows = [json.loads(line) for line in predictions.read_text().splitlines()]
    assert len(rows) == 12
    assert len({(row["id"], row["method"]) for row in rows}) == 12

    told = json.loads(figures.read_text())
    full, pinpoint, oracle = told["methods"]
    assert (full["questions"], full["pages"]) == (4, 2)
    # Large clean print: the detector finds it all, so what is read in full is in the evidence.
    assert full["means"]["region_recall"]["mean"] == 1
    assert full["means"]["answer_recall"]["mean"] == 1
    assert oracle["means"]["answer_recall"]["mean"] == 1
    assert oracle["means"]["evidence_tokens"]["mean"] < full["means"]["evidence_tokens"]["mean"]
    assert pinpoint["stages_ms"]["glance"]["count"] == 2
    assert "glance" not in full["stages_ms"]
    assert full["cold_page_ms"]["count"] == full["next_question_ms"]["count"] == 2
    assert told["comparisons"][0]["base"] == "full-page"
    assert told["comparisons"][0]["cold_page_ratio"]["count"] == 2
    assert told["peak_rss_bytes"] > 50e6
    assert told["machine"]["logical_cores"] >= 1

    # A stopped run goes on: two questions are asked again, and the figures are those of all.
    predictions.write_text("".join(json.dumps(row) + "\n" for row in rows[:-2]))
    assert pinpoint_bench(*arguments)[0] == 9
    code, _, err = pinpoint_bench(*arguments, "--resume", "--output", figures)
    assert code == 0, err
    again = json.loads(figures.read_text())
    assert again["resumed"] == 10
    assert len(predictions.read_text().splitlines()) == 12
    for before, after in zip(told["methods"], again["methods"], strict=True):
        assert before["means"]["anls"] == after["means"]["anls"]


@pytest.mark.slow
def test_latency_of_a_real_page(pinpoint_bench: Bench, forms_bundle: Path, data: Path):
    page = data.parent / "receipt.png"
    code, out, err = pinpoint_bench("latency", forms_bundle, page, "--runs", 3, "--json")
    assert code == 0, err
    told = json.loads(out)
    ms = told["ms"]
    assert ms["runs"] == ms["page"]["count"] == ms["next_question"]["count"] == 3
    assert {"detect", "glance", "refine"} <= ms["stages"].keys()
    assert ms["regions"] >= 3
    code, out, _ = pinpoint_bench("latency", forms_bundle, page, "--runs", 1)
    assert code == 0
    assert "peak RSS" in out


def test_latency_needs_a_page_or_the_demo(
    pinpoint_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    code, _, err = pinpoint_bench("latency", "bundle")
    assert code == 2
    assert "no PAGE was given" in err
    (tmp_path / "demo/documents").mkdir(parents=True)
    (tmp_path / "demo/documents/a.txt").write_text("about")
    (tmp_path / "demo/documents/b.png").write_bytes(b"")
    code, _, err = pinpoint_bench("latency", "bundle")
    assert code == 5  # the page is chosen; the bundle is what is wrong now
    assert "bundle" in err
