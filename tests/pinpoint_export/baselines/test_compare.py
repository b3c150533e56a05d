"""The comparison on a small decoder: names, turns, tokens; keeping everything is the full page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.predictions import Prediction, prediction_log
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.vision.page import Page
from pinpoint_export.baselines import compare, compare_show
from pinpoint_export.baselines.pruned_reader import load_with_fastv, mean_rows, paired
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder

LINES = ("Invoice 2291", "Total 41.70", "Paid by card", "Clerk Ann")
AFTER, LAYERS = 1, 3


@pytest.fixture(scope="module")
def pages(
    printed: Callable[..., Page], tmp_path_factory: pytest.TempPathFactory
) -> list[AnnotatedPage]:
    """Two printed pages with two questions each, one of them without an answer."""
    folder, made = tmp_path_factory.mktemp("pages"), []
    for name, lines in {"a.png": LINES, "b.png": LINES[::-1]}.items():
        page = printed(*lines)
        path = folder / name
        Image.fromarray(page.image).save(path)
        questions = tuple(
            Question(
                id=f"{name}-{number}", image=name, file=path, question=f"What is the {asked}?",
                answers=answers, answer_boxes=(), support_boxes=((40, 30, 500, 200),),
                alt_answer_boxes=(), page=0, width=page.width, height=page.height, field=None,
            )
            for number, (asked, answers) in enumerate((("total", ("41.70",)), ("lot", ())))
        )  # fmt: skip
        made.append(AnnotatedPage(str(path), page.width, page.height, questions))
    return made


@pytest.fixture(scope="module")
def readers(small_reader: PinPoint) -> tuple[PinPoint, PinPoint]:
    tokens = small_reader.engine.tokenizer.vocabulary
    config = DecoderConfig(tokens, 32, LAYERS, 4, 2, 16, 64, 10000.0, 1e-5, 4096)
    torch.manual_seed(1)
    return paired(small_reader, Decoder(config).eval(), AFTER)


@pytest.fixture(scope="module")
def variants() -> list[compare.Variant]:
    return compare.make_variants(compare.METHODS, (0.3,), (20,), (0.25, 1.0))


@pytest.fixture(scope="module")
def predictions(
    readers: tuple[PinPoint, PinPoint],
    variants: list[compare.Variant],
    pages: list[AnnotatedPage],
) -> list[Prediction]:
    return compare.run(*readers, variants, pages)


@pytest.fixture(scope="module")
def outcomes(
    predictions: list[Prediction],
    variants: list[compare.Variant],
    pages: list[AnnotatedPage],
) -> list[compare.Outcome]:
    return compare.outcomes(pages, predictions, variants, after=AFTER, layers=LAYERS)


def test_variants_are_named_by_what_sets_them_apart(variants: list[compare.Variant]):
    assert [variant.name for variant in variants] == [
        "full-page", "lexical", "read-all", "fastv .25", "fastv 1",
        "pinpoint r=.3", "pinpoint 20 tokens", "pinpoint", "oracle",
    ]  # fmt: skip
    assert [v.name for v in compare.make_variants(["lexical"])] == ["full-page", "lexical"]
    with pytest.raises(OptionError, match="'vicrop'"):
        compare.make_variants(["vicrop"])


def test_fastv_that_keeps_everything_answers_as_the_full_page(predictions: list[Prediction]):
    rows = {p.key: p for p in predictions}
    for question in {p.id for p in predictions}:
        full, kept = rows[question, "full-page"], rows[question, "fastv 1"]
        same = ("answer", "confidence", "boxes", "evidence", "llm_tokens", "evidence_tokens")
        assert [getattr(full, name) for name in same] == [getattr(kept, name) for name in same]
        assert rows[question, "fastv .25"].llm_tokens == full.llm_tokens


def test_every_variant_answers_everything_on_a_page_opened_once(
    predictions: list[Prediction], variants: list[compare.Variant], pages: list[AnnotatedPage]
):
    assert len(predictions) == len(variants) * 4
    openings = [
        {json.dumps(p.opening, sort_keys=True) for p in predictions if p.cold_ms and p.method == v}
        for v in ("pinpoint", "lexical")
    ]
    assert openings[0] == openings[1]
    assert len(openings[0]) == len(pages)
    rough = [p for p in predictions if p.method == "full-page" and p.opening]
    assert all("glance" not in (p.opening or {}) for p in rough)


def test_figures_tell_how_many_tokens_a_layer_reads(outcomes: list[compare.Outcome]):
    by_name = {outcome.variant.name: outcome for outcome in outcomes}
    full, quarter = by_name["full-page"], by_name["fastv .25"]
    assert full.mean_tokens.mean == full.llm_tokens.mean == quarter.llm_tokens.mean
    assert quarter.mean_tokens.mean < full.mean_tokens.mean
    assert by_name["fastv 1"].mean_tokens == full.mean_tokens
    assert full.to_base.differences["anls"].mean == 0
    assert mean_rows(110, 100, 0.25, 2, 30) == pytest.approx((2 * 110 + 28 * 35) / 30)


def test_what_was_answered_before_is_not_asked_again(
    readers: tuple[PinPoint, PinPoint],
    variants: list[compare.Variant],
    pages: list[AnnotatedPage],
    predictions: list[Prediction],
):
    log = prediction_log(None)
    for prediction in predictions:
        if prediction.method != "lexical":
            log.add(prediction)
    before = len(log.done)
    again = compare.run(*readers, variants, pages, log)
    assert len(again) == len(predictions) == len(log.done)
    assert {p.method for p in again[before:]} == {"lexical"}


def test_table_and_picture_name_every_variant(
    outcomes: list[compare.Outcome], variants: list[compare.Variant], tmp_path: Path
):
    table = compare_show.table(outcomes, "a title")
    assert list(table.columns[0].cells) == [variant.name for variant in variants]
    path = tmp_path / "compare.svg"
    compare_show.plot(path, outcomes, "a title", "torch")
    assert path.read_text().count("<!-- pinpoint r=.3 -->") == 3


def test_fastv_needs_the_reference_that_the_bundle_was_made_of(
    small_bundle: Path, readers: tuple[PinPoint, PinPoint], pages: list[AnnotatedPage]
):
    with pytest.raises(BundleError):
        load_with_fastv(str(small_bundle), 2, None)
    with pytest.raises(OptionError, match="takes 1 to 2"):
        paired(readers[0], readers[0].engine.generator._make_cache(8)._model, 3)
    with pytest.raises(OptionError, match="load_with_fastv"):
        compare.run(readers[0], None, [compare.Variant("f", "fastv", keep=0.5)], pages)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--runtime", "onnx"), "FastV runs on torch alone"),
        (("--resume",), "--resume needs --predictions"),
        (("--keep", "0"), "--keep"),
        (("--method", "vicrop"), "vicrop"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    pinpoint_bench: Callable[..., tuple[int, str, str]],
    small_bundle: Path,
    arguments: tuple[str, ...],
    message: str,
):
    data = Path(__file__).parents[3] / "demo/questions.jsonl"
    code, _, err = pinpoint_bench("compare", small_bundle, "--data", data, *arguments)
    assert code == 2
    assert message in err
