"""Two records compared, and a gate that is judged by intervals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pinpoint_edge.bench.record.record import write_record
from pinpoint_edge.bench.report.compare import compare
from pinpoint_edge.bench.report.gate import Limits, judge
from pinpoint_edge.errors import DataError

from ..records import record


def test_a_faster_record_is_named_as_such():
    found = compare(record("b", ms=500, anls=1.0), record("a", ms=1000, anls=1.0))
    assert found.cold_page.value == pytest.approx(0.5, rel=0.02)
    assert found.cold_page.count == 40
    assert found.verdict.startswith("b on local is 2")
    assert "times as fast as a on local" in found.verdict
    assert found.verdict.endswith("answers alike")
    slower = compare(record("a", ms=1000), record("b", ms=500))
    assert "times as slow" in slower.verdict


def test_noise_is_no_difference_and_other_answers_are_counted():
    found = compare(record("b", seed=1, anls=0.5), record("a", seed=2, anls=1.0))
    assert "no difference in time is shown" in found.verdict
    assert f"{found.questions - found.alike} of 80 answers differ" in found.verdict
    assert found.anls.high < 0


def test_records_without_a_common_question_are_refused():
    other = record("b")
    answers = tuple(replace(a, id=f"x{a.id}") for a in other.answers)
    with pytest.raises(DataError, match="no question in common"):
        compare(replace(other, answers=answers), record("a"))


@pytest.mark.parametrize(("ms", "anls", "limits", "outcomes"), [
    (1000, 0.9, Limits(0.05, None, None), {"pass"}),
    (1300, 0.9, Limits(0.05, None, None), {"fail"}),
    (1300, 0.9, Limits(0.5, 0.5, None), {"pass"}),
    (1300, 0.9, Limits(None, 0.05, None), {"fail"}),
    (1050, 0.9, Limits(0.05, None, None), {"unsure"}),
    (1000, 0.2, Limits(None, None, 0.5), {"fail"}),
    (1000, 0.9, Limits(None, None, 0.5), {"pass"}),
])  # fmt: skip
def test_limits_are_judged_by_whole_intervals(ms, anls, limits, outcomes):
    base = record("a", seed=1)
    new = record("b", ms=ms, anls=anls, seed=1 if (ms, anls) != (1050, 0.9) else 3)
    assert {each.outcome for each in judge(compare(new, base), limits)} == outcomes


def test_the_command_ends_with_the_outcome(tmp_path, pinpoint_bench):
    for name, ms in (("base", 1000.0), ("same", 1000.0), ("slow", 1400.0)):
        write_record(tmp_path / f"{name}.json", record(ms=ms))

    def gate(name, *more):
        return pinpoint_bench(
            "gate", tmp_path / f"{name}.json", "--baseline", tmp_path / "base.json", *more
        )

    assert gate("same", "--max-slower", "5%", "--max-anls-drop", ".5")[0] == 0
    code, out, _ = gate("slow", "--max-slower", ".05")
    assert code == 1
    assert "fail   time of a cold page: 1.4" in out
    code, out, _ = gate("slow", "--max-slower", "5%", "--json")
    assert code == 1
    assert '"passed": false' in out
    assert gate("same")[0] == 2
    assert gate("same", "--max-slower", "much")[0] == 2
