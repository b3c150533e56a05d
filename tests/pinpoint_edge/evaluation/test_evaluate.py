"""Running readers over pages: the order of things on a scripted reader, the rest on a bundle."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.bench.cli import cli
from pinpoint_edge.bench.commands import eval as eval_command
from pinpoint_edge.commands.group import run
from pinpoint_edge.document import every_region
from pinpoint_edge.evaluation import strategies
from pinpoint_edge.evaluation.dataset import AnnotatedPage, load_dataset
from pinpoint_edge.evaluation.evaluate import WITHOUT_GLANCE, evaluate
from pinpoint_edge.evaluation.predictions import Prediction
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


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Bench:
    """Run `pinpoint-bench` in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint-bench")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


class ScriptedDocument:
    """A document whose opening took 40 ms of glance, and which answers after 5 ms."""

    def __init__(self, log: list[tuple[str, ...]], path: str) -> None:
        self.log, self.path = log, path
        self.timings = {"detect": 20.0, "glance": 40.0}
        box = (25.0, 205.0, 300.0, 250.0)  # around the line with the total
        quad = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
        self.regions = [Region(np.array(quad, np.float32), 0.9, 0)]
        self.evidence = (EvidenceRegion("Total", box, 0, 1.0, 1.0),)

    def ask(self, question: str, *, strategy: Any, **options: Any) -> Answer:
        name = "full-page" if strategy is every_region else "pinpoint"
        self.log.append(("ask", name, Path(self.path).name, question))
        time.sleep(0.005)
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
    def __init__(self) -> None:
        self.log: list[tuple[str, ...]] = []

    def open(self, path: str) -> ScriptedDocument:
        self.log.append(("open", path))
        time.sleep(0.06)
        return ScriptedDocument(self.log, path)


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


def test_readers_take_turns_on_fresh_documents(pages: list[AnnotatedPage]):
    model = ScriptedReader()
    made = evaluate(model, pages, ["pinpoint", "full-page"])  # type: ignore[arg-type]
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
    pages: list[AnnotatedPage],
):
    made = evaluate(ScriptedReader(), pages[:1], ["pinpoint", "full-page"])  # type: ignore[arg-type]
    first, following, other = made[0], made[1], made[2]
    assert first.cold_ms is not None
    assert first.cold_ms >= 65 > following.ms >= 5
    assert first.opening == {"detect": 20.0, "glance": 40.0}
    assert other.cold_ms is not None
    assert 25 <= other.cold_ms < first.cold_ms - 20
    assert other.opening == {"detect": 20.0}
    assert set(strategies.STRATEGIES) > WITHOUT_GLANCE


def test_predictions_hold_what_the_document_said(pages: list[AnnotatedPage]):
    date, total = evaluate(ScriptedReader(), pages[:1], ["pinpoint"])  # type: ignore[arg-type]
    assert (date.answer, date.page, date.boxes) == (None, None, ())
    assert (total.answer, total.page, len(total.boxes)) == ("48.75", 0, 1)
    assert (total.llm_tokens, total.evidence_tokens, total.page_tokens) == (30, 7, 28)
    assert (date.regions_recall, total.regions_recall) == (0, 1)


def test_done_questions_are_left_out(pages: list[AnnotatedPage]):
    model = ScriptedReader()
    written: list[Prediction] = []
    seen: list[AnnotatedPage] = []
    done = [("receipt.png-date", "pinpoint"), *((q.id, "pinpoint") for q in pages[1].questions)]
    evaluate(
        model,  # type: ignore[arg-type]
        pages,
        ["pinpoint"],
        done=done,
        on_prediction=written.append,
        on_page=seen.append,
    )
    assert [p.id for p in written] == ["receipt.png-total"]
    assert written[0].cold_ms is not None
    assert seen == pages
    assert not any("invoice" in entry[1] for entry in model.log if entry[0] == "open")


def test_the_command_offers_every_reader():
    assert eval_command.READERS == strategies.STRATEGIES


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--reader", "psychic"], 2, "psychic"),
        (["--limit", "0"], 2, "limit"),
        (["--coverage", "0"], 2, "coverage"),
        (["--resume"], 2, "--resume needs --predictions"),
        (["--json", "no/folder/out.json"], 9, "no/folder"),
        (["--plot", "out.txt"], 9, ".png"),
        (["--split", "gone.txt"], 8, "gone.txt"),
    ],
)
def test_bad_options_end_before_any_work(
    bench: Bench, data: Path, options: list[str], code: int, message: str
):
    got, out, err = bench("eval", "no-bundle", "--data", data, *options)
    assert got == code
    assert message in out + err
    assert "Traceback" not in err


def test_a_folder_that_is_no_bundle_leaves_no_predictions(bench: Bench, data: Path):
    out = data.parent / "out.jsonl"
    code, _, err = bench("eval", data.parent, "--data", data, "--predictions", out)
    assert code == 5
    assert "error[bundle]" in err
    assert not out.exists()


@pytest.mark.slow
def test_real_readers_on_real_pages(bench: Bench, forms_bundle: Path, data: Path):
    predictions, figures = data.parent / "out.jsonl", data.parent / "figures.json"
    arguments = [
        *("eval", forms_bundle, "--data", data, "--reader", "full-page"),
        *("--compare", "pinpoint", "--compare", "oracle", "--predictions", predictions),
    ]
    diagram = data.parent / "reliability.svg"
    code, out, err = bench(*arguments, "--json", figures, "--plot", diagram)
    assert code == 0, err
    assert "expected calibration error" in out
    assert "<!-- pinpoint -->" in diagram.read_text()
    assert json.loads(figures.read_text())["readers"][1]["reliability"]["error"]["count"] == 4
    assert "full-page" in out
    assert "cold page" in out
    rows = [json.loads(line) for line in predictions.read_text().splitlines()]
    assert len(rows) == 12
    assert len({(row["id"], row["reader"]) for row in rows}) == 12

    told = json.loads(figures.read_text())
    full, pinpoint, oracle = told["readers"]
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
    assert bench(*arguments)[0] == 9
    code, _, err = bench(*arguments, "--resume", "--json", figures)
    assert code == 0, err
    again = json.loads(figures.read_text())
    assert again["resumed"] == 10
    assert len(predictions.read_text().splitlines()) == 12
    for before, after in zip(told["readers"], again["readers"], strict=True):
        assert before["means"]["anls"] == after["means"]["anls"]


@pytest.mark.slow
def test_latency_of_a_real_page(bench: Bench, forms_bundle: Path, data: Path):
    page = data.parent / "receipt.png"
    code, out, err = bench("latency", forms_bundle, page, "--runs", 3, "--json")
    assert code == 0, err
    told = json.loads(out)
    ms = told["ms"]
    assert ms["runs"] == ms["page"]["count"] == ms["next_question"]["count"] == 3
    assert {"detect", "glance", "refine"} <= ms["stages"].keys()
    assert sum(stage["p50"] for stage in ms["stages"].values()) < 1.5 * ms["page"]["p90"]
    assert ms["regions"] >= 3
    code, out, _ = bench("latency", forms_bundle, page, "--runs", 1)
    assert code == 0
    assert "peak RSS" in out


def test_latency_needs_a_page_or_the_demo(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    code, _, err = bench("latency", "bundle")
    assert code == 2
    assert "no PAGE was given" in err
    (tmp_path / "demo/documents").mkdir(parents=True)
    (tmp_path / "demo/documents/a.txt").write_text("about")
    (tmp_path / "demo/documents/b.png").write_bytes(b"")
    code, _, err = bench("latency", "bundle")
    assert code == 5  # the page is chosen; the bundle is what is wrong now
    assert "bundle" in err
