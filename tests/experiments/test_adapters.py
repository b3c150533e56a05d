"""Adapters that were tried: one small run of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

import adapter_teacher
import addendum
from pinpoint_train.training.student import Student, trained_state

from ..pinpoint_train.corpus_pages import annotated, corpus_page, write_shard
from ..pinpoint_train.tiny_decoder import tiny_decoder, write_folder


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A small corpus, a tiny base model and, as base.safetensors, an adapter of it."""
    pages = []
    for number in range(60):
        record = corpus_page([["Total:", "RM60.30"]], f"bills/{number}.jpg", seed=number)
        questions = [annotated(record, "What is the total?", ["RM60.30"], "RM60.30", field="total")]
        pages.append((record, questions))
    write_shard(tmp_path / "corpus" / "bills-00000.jsonl", pages)
    student = Student(tiny_decoder(4), half=False, grid=False)
    save_file(trained_state(student), tmp_path / "base.safetensors")
    common = ["--corpus", str(tmp_path / "corpus"), "--llm", str(write_folder(tmp_path / "tiny"))]
    return [*common, "--steps", "2", "--threads", "1", "--out", str(tmp_path / "run")]


def test_an_addendum_is_of_attention_alone(tmp_path: Path, arguments: list[str]) -> None:
    base = ["--base", str(tmp_path / "base.safetensors")]
    CliRunner().invoke(addendum.main, [*arguments, *base], catch_exceptions=False)
    state = load_file(tmp_path / "run" / "addendum.safetensors")
    assert state["lora.layers.1.attention.key.down"].shape == (2, 64)
    assert state["lora.layers.1.attention.key.up"].any()
    assert not any(".mlp." in name or name.startswith("projector.") for name in state)


def test_a_teacher_is_learned_from(tmp_path: Path, arguments: list[str]) -> None:
    teacher = ["--teacher", str(tmp_path / "base.safetensors")]
    CliRunner().invoke(adapter_teacher.main, [*arguments, *teacher], catch_exceptions=False)
    facts = json.loads((tmp_path / "run" / "llm.json").read_text())
    assert (facts["steps"], facts["grid"]) == (2, True)
    state = load_file(tmp_path / "run" / "llm.safetensors")
    assert not any("teacher" in name for name in state)
    assert torch.isfinite(state["projector.gain"]).all()
