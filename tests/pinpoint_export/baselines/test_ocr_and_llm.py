"""The baseline on a printed page: it reads it all, keeps it, and its answers are taken fairly."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.errors import BackendError, OptionError
from pinpoint_edge.evaluation.ask import ask_page
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.predictions import prediction_log
from pinpoint_edge.evaluation.summary import Results
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.vision.page import Page
from pinpoint_export.baselines import ocr_and_llm
from pinpoint_export.baselines.rapid_ocr import RapidOcr
from pinpoint_models.decoder.gguf_file import PROMPT_KEY, Gguf, write

GOLDEN_TOKENIZER = Path(__file__).parents[2] / "golden/tokenizer/tokenizer.json"
LINES = ("Invoice 2291", "Total 41.70", "Paid by card")


@pytest.fixture(scope="module")
def ocr() -> RapidOcr:
    pytest.importorskip("rapidocr")
    pytest.importorskip("xllamacpp")
    return RapidOcr(threads=1)


@pytest.fixture
def pages(printed: Callable[..., Page], tmp_path: Path) -> list[AnnotatedPage]:
    """One page on disk with two questions."""
    page = printed(*LINES)
    path = tmp_path / "page.png"
    Image.fromarray(page.image).save(path)
    questions = tuple(
        Question(
            id=f"q{number}", image="page.png", file=path, question=f"What is the {name}?",
            answers=(answer,), answer_boxes=(), support_boxes=(), alt_answer_boxes=(), page=0,
            width=page.width, height=page.height, field=name,
        )
        for number, (name, answer) in enumerate({"total": "41.70", "invoice": "2291"}.items())
    )  # fmt: skip
    return [AnnotatedPage(str(path), page.width, page.height, questions)]


@pytest.fixture(scope="module")
def make_baseline(
    ocr: RapidOcr, one_layer_gguf: Path
) -> Iterator[Callable[[Path], ocr_and_llm.OcrAndLlm]]:
    made: list[ocr_and_llm.OcrAndLlm] = []

    def make(path: Path = one_layer_gguf) -> ocr_and_llm.OcrAndLlm:
        tokenizer = Tokenizer(GOLDEN_TOKENIZER)
        made.append(ocr_and_llm.OcrAndLlm(ocr, path, tokenizer, threads=1, context=512))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_ocr_reads_rows_and_nothing_on_a_blank_page(
    ocr: RapidOcr, printed: Callable[..., Page]
) -> None:
    read = ocr.read(printed(*LINES))
    assert read.text.replace(" ", "") == "\n".join(LINES).replace(" ", "")
    assert len(read.boxes) == 3
    blank = ocr.read(Page(np.full((200, 300, 3), 255, np.uint8), "blank", 0))
    assert (blank.text, blank.boxes) == ("", ())


@pytest.mark.parametrize("tuned", [False, True])
def test_a_further_question_finds_the_page_in_the_cache(
    tuned: bool,
    make_baseline: Callable[..., ocr_and_llm.OcrAndLlm],
    one_layer_gguf: Path,
    tmp_path: Path,
    ocr: RapidOcr,
    printed: Callable[..., Page],
) -> None:
    path = one_layer_gguf
    if tuned:
        file = Gguf.read(one_layer_gguf)
        path = tmp_path / "tuned.gguf"
        write(path, file, file.tensors, {PROMPT_KEY: "1"})
    each = make_baseline(path)
    assert each.is_tuned == tuned
    read = ocr.read(printed(*LINES))
    first = each._ask(read, "What is the total?")
    second = each._ask(read, "Which invoice is it?")
    assert first.prompt_tokens > 20
    assert second.cached > 0.6 * second.prompt_tokens
    if tuned:
        prompt = each._our_prompt(read, "What is the total?")
        text = prompt if isinstance(prompt, str) else Tokenizer(GOLDEN_TOKENIZER).decode(prompt)
        assert "\nQuestion: What is the total?\nAnswer:" in text
    each.forget()
    assert each._ask(read, "What is the total?").cached <= 1


def test_both_take_turns_and_their_ratio_is_told(
    small_reader: PinPoint,
    make_baseline: Callable[..., ocr_and_llm.OcrAndLlm],
    pages: list[AnnotatedPage],
) -> None:
    each = make_baseline()
    log = prediction_log(None)
    made = ocr_and_llm.ask_beside(small_reader, [each], pages, log)
    assert [f"{p.method} {p.id}" for p in made] == [f"pinpoint q{n}" for n in (0, 1)] + [
        f"{each.name} q{n}" for n in (0, 1)
    ]
    ours = {p.id: p for p in ask_page(small_reader, pages[0].path, pages[0].questions, "pinpoint")}
    assert [p.answer for p in made[:2]] == [ours[p.id].answer for p in made[:2]]
    first, second = made[2:]
    assert first.opening is not None
    assert first.cold_ms == pytest.approx(sum(first.opening.values()) + first.ms)
    assert second.cold_ms is None
    assert first.evidence_tokens == first.page_tokens > 5
    assert len(first.evidence) == 3
    found = ocr_and_llm.ratio(Results(pages, made), each.name)
    assert (found.cold_pages, found.next_questions) == (1, 1)
    assert found.cold == pytest.approx(first.cold_ms / (made[0].cold_ms or math.nan))
    assert found.next == pytest.approx(second.ms / made[1].ms)
    assert ocr_and_llm.dense_pages(pages, made, 5) == pages
    assert ocr_and_llm.dense_pages(pages, made, 500) == []
    cold = dict(ocr_and_llm.parts(made, each.name)[f"{each.name}\npage and first question"])
    assert list(cold) == ["load", "ocr", "prefill", "decode"]
    assert ocr_and_llm.ask_beside(small_reader, [each], pages, log) == made
    with pytest.raises(OptionError, match="Two models are named"):
        ocr_and_llm.ask_beside(small_reader, [each, each], pages)


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        (" 41.70\n\nThe receipt", "41.70"),
        ("Answer: **41.70**.", "41.70"),
        ("The date on the receipt is 20/06/18.", "20/06/18"),
        ("It is: “Café No. 1”", "Café No. 1"),
        ("THE ISLAND CAFE", "THE ISLAND CAFE"),
        ("Not found.", None),
        ("not mentioned in the document", None),
        ("None", None),
        ("Nonesuch Ltd", "Nonesuch Ltd"),
        ("  \n", None),
    ],
)
def test_an_answer_is_taken_out_of_what_surrounds_it(written: str, answer: str | None) -> None:
    assert ocr_and_llm.cleaned(written) == answer


def test_without_ocr_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(BackendError, match=r"pip install 'pinpoint-edge-export\[baselines\]'"):
        RapidOcr(threads=1)


@pytest.mark.slow
def test_the_command_reports_both_and_goes_on_where_it_was(
    forms_bundle: Path,
    one_layer_gguf: Path,
    ocr: RapidOcr,
    tmp_path: Path,
    pinpoint_bench: Callable[..., tuple[int, str, str]],
) -> None:
    data = Path(__file__).parents[3] / "demo/questions.jsonl"
    kept, out, plot = tmp_path / "kept.jsonl", tmp_path / "out.json", tmp_path / "times.png"
    arguments = (
        "baseline", forms_bundle, "--data", data, "--limit", 2, "--gguf", one_layer_gguf,
        "--threads", 1, "--predictions", kept, "--output", out, "--plot", plot,
    )  # fmt: skip
    code, printed, _ = pinpoint_bench(*arguments)
    assert code == 0
    assert "times as long as pinpoint" in printed
    assert plot.read_bytes().startswith(b"\x89PNG")
    figures = json.loads(out.read_text())
    assert [each["method"] for each in figures["methods"]] == ["pinpoint", "rapidocr+one"]
    assert figures["methods"][0]["means"]["anls"]["mean"] > 0.5
    assert figures["ratios"]["all pages"]["rapidocr+one"]["cold"] > 0
    lines = kept.read_text().splitlines()
    assert len(lines) == 4
    kept.write_text("\n".join(lines[:3]) + "\n")
    code, _, _ = pinpoint_bench(*arguments, "--resume")
    assert code == 0
    assert kept.read_text().splitlines()[:3] == lines[:3]
    assert json.loads(out.read_text())["resumed"] == 3
