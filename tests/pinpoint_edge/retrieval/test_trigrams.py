"""Trigrams: normalisation, ids, similarity, and the literal reader's scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.vision.layout import Layout

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden/trigrams/cases.json").read_text(encoding="utf-8")
)


def _fnv(data: bytes) -> int:
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 % 2**32
    return value


@pytest.mark.parametrize("case", GOLDEN["texts"], ids=lambda case: repr(case["text"]))
def test_golden_texts(case):
    assert trigrams.normalise(case["text"]) == case["normalised"]
    assert trigrams.content(case["text"]) == case["content"]
    assert trigrams.trigram_count(case["text"]) == case["count"]
    ids = trigrams.trigram_ids(case["text"], GOLDEN["length"])
    assert ids.dtype == np.int32
    assert ids.tolist() == case["ids"]


@pytest.mark.parametrize("case", GOLDEN["questions"], ids=lambda case: case["question"])
def test_golden_scores(case):
    page = GOLDEN["page"]
    geometry = np.array(page["geometry"], np.float32)
    layout = Layout(page["rows"], page["cell"], page["table"], geometry)
    arguments = (case["question"], page["readings"], layout)
    np.testing.assert_allclose(trigrams.match_features(*arguments), case["match"], atol=1e-5)
    np.testing.assert_allclose(trigrams.lexical_scores(*arguments), case["lexical"], atol=1e-5)


def test_ids_are_fnv_of_marked_words():
    expected = [_fnv(t.encode()) % 4095 + 1 for t in ("^ab", "ab$", "^合$")]
    assert trigrams.trigram_ids("AB 合", 5).tolist() == [*expected, 0, 0]


def test_ids_are_cut_and_the_count_tells():
    assert _fnv(b"foobar") == 0xBF9CF968  # published test vector of FNV-1a
    assert np.count_nonzero(trigrams.trigram_ids("abcdef", 4)) == 4
    assert trigrams.trigram_count("abcdef") == 6


def test_normalise_joins_widths_and_drops_punctuation():
    assert trigrams.normalise("ＮＯ．：  Straße—Nr") == "no strasse nr"


def test_normalise_drops_accents_but_no_letters():
    assert trigrams.normalise("Échéance N.º PÓLIZA, für Ångström") == (
        "echeance n o poliza fur angstrom"
    )
    assert trigrams.normalise("हिन्दी Łódź") == "हिन्दी łodz"


def test_content_leaves_out_the_question_words_of_other_languages():
    assert trigrams.content("Quel est le numéro de la facture ?") == "numero facture"
    assert trigrams.content("¿Cuánto es el importe?") == "importe"
    assert trigrams.content("Wie hoch ist die Summe?") == "hoch summe"


def test_content_prefers_the_quotation():
    assert trigrams.content("What is the value of “DATE OF BIRTH”?") == "date of birth"
    assert trigrams.content('The value of "--"?') == "the value of"
    assert trigrams.content("Who is it?") == "who is it"


def test_similarity_survives_a_misread_letter_and_ranks_the_label_first():
    readings = ["Tota1 amount", "Tax amount", "12.50", "Cashier"]
    scores = trigrams.similarity("What is the total amount?", readings)
    assert scores.dtype == np.float32
    assert scores.argmax() == 0
    assert scores[0] > scores[1] > scores[2] == 0.0
    assert (scores <= 1.0).all()


def test_rare_words_weigh_more_than_common_ones():
    readings = ["Date due", *[f"Invoice {word}" for word in ("no", "of", "to", "by", "in", "at")]]
    scores = trigrams.similarity("invoice date", readings)
    assert scores.argmax() == 0  # "date" stands once, "invoice" six times and in more letters


def test_exact_match_scores_one_and_nothing_scores_zero():
    assert trigrams.similarity("total", ["Total:", "xyz"]).tolist() == pytest.approx([1.0, 0.0])
    assert trigrams.similarity("total", []).shape == (0,)
    assert trigrams.similarity("???", ["Total"]).tolist() == [0.0]


def test_values_beside_and_below_their_label_are_lifted():
    # "Total" | "9.00" in a row; "Date" above "05/25/20"; "far" in another column.
    readings = ["Total", "9.00", "Date", "05/25/20", "far"]
    geometry = np.array(
        [[0.1, 0.1, 0.1, 0.02], [0.5, 0.1, 0.1, 0.02], [0.1, 0.3, 0.1, 0.02],
         [0.1, 0.34, 0.12, 0.02], [0.8, 0.34, 0.1, 0.02]],
        np.float32,
    )  # fmt: skip
    layout = Layout([[0, 1], [2], [3, 4]], [0] * 5, [-1] * 5, geometry)
    total = trigrams.lexical_scores("What is the total?", readings, layout)
    assert total.argsort()[::-1][:2].tolist() == [0, 1]
    date = trigrams.lexical_scores("What is the date?", readings, layout)
    assert date.argsort()[::-1][:2].tolist() == [2, 3]
    assert date[4] == 0.0


def test_above_is_the_nearest_of_an_earlier_row_with_overlap():
    centres = [(0.2, 0.1), (0.2, 0.2), (0.2, 0.3), (0.7, 0.3)]
    geometry = np.array([[x, y, 0.2, 0.02] for x, y in centres], np.float32)
    layout = Layout([[0], [1], [2, 3]], [0] * 4, [-1] * 4, geometry)
    features = trigrams.match_features("total", ["total", "total due", "x", "y"], layout)
    assert features[:, 2].tolist() == [0, features[0, 0], features[1, 0], 0]
    assert features[:, 5].tolist() == [0, features[0, 0], features[0, 0], 0]


def test_a_value_sees_the_label_of_its_cell_and_the_header_of_its_column():
    # Labels left and right, each above its value; then a table of three columns and rows.
    places = [(x, y) for y in (0.1, 0.2) for x in (0.2, 0.7)]
    places += [(x, y) for y in (0.5, 0.6, 0.7) for x in (0.2, 0.5, 0.8)]
    readings = ["total", "tax", "9.00", "1.00", "qty", "price", "sum", "a", "b", "c", "d", "e", "f"]
    geometry = np.array([(x, y, 0.2, 0.02) for x, y in places], np.float32)
    rows = [[0], [2], [1], [3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]
    layout = Layout(rows, [0, 1, 0, 1, *range(2, 11)], [-1] * 4 + [0] * 9, geometry)
    total = trigrams.match_features("What is the total?", readings, layout)
    assert np.flatnonzero(total[:, 4]).tolist() == [2]
    assert np.flatnonzero(total[:, 5]).tolist() == [2]
    price = trigrams.match_features("What is the price?", readings, layout)
    assert np.flatnonzero(price[:, 5]).tolist() == [8, 11]
    assert not price[:, 4].any()


def test_features_of_no_regions():
    nothing = Layout([], [], [], np.zeros((0, 4), np.float32))
    assert trigrams.match_features("total", [], nothing).shape == (0, 6)
