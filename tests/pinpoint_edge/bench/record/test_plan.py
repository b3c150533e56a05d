"""The turns of a run, the log of an interrupted one, and its cores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pinpoint_edge.bench.record.cores import chosen_cores
from pinpoint_edge.bench.record.plan import changed, measured_log, settled, turns
from pinpoint_edge.bench.sensors.sensor import Machine
from pinpoint_edge.errors import OptionError, OutputError
from pinpoint_edge.evaluation.dataset import AnnotatedPage

from ..made import question
from ..records import answers
from ..sensors.recorded import tree


def page(name, questions):
    asked = tuple(question(f"{name}-{n}", name) for n in range(questions))
    return AnnotatedPage(name, 100, 100, asked)


def test_pages_are_repeated_until_there_are_enough():
    pages = [page("a", 3), page("b", 1)]
    planned = turns(pages, 5)
    assert [(n, p.path) for n, p in planned] == [(0, "a"), (0, "b"), (1, "a"), (1, "b"), (2, "a")]
    assert len(turns([page("a", 1), page("b", 1)], 3)) == 3  # nothing further to ask
    assert len(turns([page(str(n), 2) for n in range(9)], 3)) == 9  # all of them, once


def test_times_settle():
    assert settled([200.0, 101.0, 100.0, 100.0, 101.0, 99.0])
    assert not settled([200.0, 150.0, 120.0, 110.0, 100.0, 90.0])


def test_an_answer_in_two_ways_is_found():
    made = list(answers(4))
    again = [replace(a, round=1) for a in made]
    again[2] = replace(again[2], boxes=((0.0, 0.0, 1.0, 1.0),))
    assert changed(made + again) == (made[2].id,)


def test_an_interrupted_run_goes_on_only_when_it_is_told_to(tmp_path):
    path = tmp_path / "r.json.part"
    log = measured_log(path, "same", resume=False)
    for answer in answers(3):
        log.add(answer)
    with pytest.raises(OutputError, match="--resume"):
        measured_log(path, "same", resume=False)
    assert list(measured_log(path, "same", resume=True).done.values()) == list(answers(3))
    with pytest.raises(OptionError):
        measured_log(path, "other", resume=True)


def test_cores(tmp_path, monkeypatch):
    psutil = pytest.importorskip("psutil")
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda *_: [0, 1, 2, 3], raising=False)
    cpu = "/sys/devices/system/cpu/cpu{}/cpu_capacity"
    machine = Machine(tree(tmp_path, {cpu.format(n): c for n, c in enumerate((1, 1, 9, 9))}))
    assert chosen_cores("big", machine) == (2, 3)
    assert chosen_cores("big", Machine(tmp_path / "none")) == (0, 1, 2, 3)
    assert chosen_cores("0,2-3", machine) == (0, 2, 3)
    assert chosen_cores(None, machine) is None
    for wrong in ("7", "small", "3-", ""):
        with pytest.raises(OptionError):
            chosen_cores(wrong, machine)
