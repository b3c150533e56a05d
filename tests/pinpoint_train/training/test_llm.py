"""Training the language model: the loss of a context, what is trained, and a whole small run."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from torch import nn

from pinpoint_edge.errors import BundleError, DataError, OptionError
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_models.reference import load_trained
from pinpoint_train.commands.llm import command
from pinpoint_train.corpus.context_sampling import (
    draw_context,
    is_scarce,
    load_records,
    page_weights,
)
from pinpoint_train.corpus.contexts import TrainingContext, make_context
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion
from pinpoint_train.training.student import (
    HalfLinear,
    Student,
    TrainedParts,
    trained_state,
)

from ..corpus_pages import annotated, corpus_page, index_of, write_shard
from ..tiny_decoder import TOKENIZER, tiny_decoder, write_folder

ROWS = [["Invoice", "No 1234"], ["Date:", "5/28/20"], ["Total:", "RM60.30"]]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(TOKENIZER)


def student_of(seed: int = 0, *, half: bool = False, grid: bool = False) -> Student:
    return Student(tiny_decoder(seed), half=half, grid=grid)


def bring_back(student: Student, path: Path) -> Student:
    load_trained(student.decoder, student.projector, path)
    student.refresh()
    return student


def started(path: Path) -> Student:
    return Student(tiny_decoder(0), half=False, grid=False, start=path)


def test_another_recogniser_begins_with_a_new_projector(tmp_path: Path) -> None:
    path = tmp_path / "llm.safetensors"
    first = student_of()
    save_file(trained_state(first), path)
    wider = Student(tiny_decoder(0), half=False, grid=False, start=path, features=120)
    assert wider.projector.linear1.in_features - first.projector.linear1.in_features == 80
    assert len(wider.adapters) == len(first.adapters)


def page() -> CorpusPage:
    record = corpus_page(ROWS)
    for text, value in (("What is the total?", "RM60.30"), ("When?", "5/28/20")):
        answer = [index_of(record, value)]
        record.questions.append(CorpusQuestion(text, answer, answer, value))
    return record


def context_of(record: CorpusPage, tokenizer: Tokenizer, *numbers: int) -> TrainingContext:
    questions = [record.questions[number] for number in numbers]
    shown = set(range(len(record.texts)))
    context = make_context(record, questions, tokenizer, np.random.default_rng(0), shown)
    assert context is not None
    return context


@torch.no_grad()
def test_packed_questions_cost_what_they_cost_alone(tokenizer: Tokenizer) -> None:
    student, record = student_of(), page()
    both, tokens, _ = student.loss(context_of(record, tokenizer, 0, 1), record)
    alone = [student.loss(context_of(record, tokenizer, number), record) for number in (0, 1)]
    assert tokens == sum(count for _, count, _ in alone)
    assert float(both) == pytest.approx(sum(float(loss) for loss, _, _ in alone), rel=1e-4)
    assert float(both) == pytest.approx(tokens * np.log(859), rel=0.1)


@torch.no_grad()
def test_each_region_brings_its_own_visual_token(tokenizer: Tokenizer) -> None:
    student, record = student_of(), page()
    nn.init.constant_(student.projector.gain, 20.0)
    context = context_of(record, tokenizer, 0)
    before = float(student.loss(context, record)[0])
    record.pooled[context.regions] = record.pooled[context.regions[::-1]]
    assert float(student.loss(context, record)[0]) != pytest.approx(before, abs=1e-4)


@pytest.mark.parametrize("grid", [False, True])
def test_a_step_lowers_the_loss_and_moves_the_trained_parts_alone(
    tokenizer: Tokenizer, grid: bool
) -> None:
    student, record = student_of(grid=grid), page()
    context = context_of(record, tokenizer, 0, 1)
    trained = [*student.adapters, *student.projector.parameters()]
    assert {id(p) for p in trained} == {id(p) for p in student.parameters() if p.requires_grad}
    embedding = student.decoder.embedding.weight.clone()
    optimizer = torch.optim.AdamW(trained, lr=1e-3)
    losses = []
    for _ in range(3):
        loss, tokens, _ = student.loss(context, record)
        (loss / tokens).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        student.refresh()
        losses.append(float(loss.detach()))
    assert losses[0] > losses[1] > losses[2]
    assert torch.equal(student.decoder.embedding.weight, embedding)


@torch.no_grad()
def test_a_half_layer_is_close_to_the_layer_it_stands_for(tokenizer: Tokenizer) -> None:
    torch.manual_seed(1)
    layer, x = nn.Linear(64, 96, bias=False), torch.randn(5, 64)
    half = HalfLinear(layer)(x)
    assert half.dtype == torch.float32
    error = (half - layer(x)).norm() / layer(x).norm()
    assert 0 < error < 0.01
    record = page()
    context = context_of(record, tokenizer, 0, 1)
    full = float(student_of().loss(context, record)[0])
    assert float(student_of(half=True).loss(context, record)[0]) == pytest.approx(full, rel=0.01)


def test_a_checkpoint_holds_the_trained_parts_alone() -> None:
    student = student_of()
    state = TrainedParts(student).state_dict()
    assert {name.split(".")[0] for name in state} == {"adapters", "projector"}
    other = student_of(5)
    TrainedParts(other).load_state_dict(state)
    assert all(map(torch.equal, other.adapters, student.adapters))


@torch.no_grad()
@pytest.mark.parametrize(("half", "grid"), [(False, False), (True, False), (False, True)])
def test_trained_weights_come_back(
    tmp_path: Path, tokenizer: Tokenizer, half: bool, grid: bool
) -> None:
    student, record = student_of(half=half, grid=grid), page()
    for parameter in [*student.adapters, *student.projector.parameters()]:
        parameter.add_(torch.randn_like(parameter) * 0.15)
    student.refresh()
    state = trained_state(student)
    assert ("grid" in state) == grid
    assert {str(t.dtype) for n, t in state.items() if n.startswith("projector.")} == {
        "torch.float16"
    }
    assert state["lora.layers.0.mlp.up.down"].dtype == torch.int8
    save_file(state, tmp_path / "llm.safetensors")
    context = context_of(record, tokenizer, 0, 1)
    wanted = student.predict(context, record)[0]
    back = student_of(half=half, grid=grid)
    assert (back.predict(context, record)[0] - wanted).abs().mean() > 0.3 * wanted.std()
    bring_back(back, tmp_path / "llm.safetensors")
    # The file keeps branches in 8 bits, which moves some weights to another value of the grid.
    off = (back.predict(context, record)[0] - wanted).abs().mean()
    assert off < 0.1 * wanted.std()
    with pytest.raises(BundleError, match="is no trained adapter"):
        bring_back(back, tmp_path / "other.safetensors")


def test_contexts_are_drawn_from_the_seed_by_the_weight_of_their_kind(tokenizer: Tokenizer) -> None:
    records = []
    for number in range(20):
        record = page()
        record.id, record.kind = f"made/{number}", "synthetic-form" if number < 4 else "other"
        records.append(record)
    weights = page_weights(records)
    assert weights.sum() == pytest.approx(1.0)
    # The weight of its kind, 2.5, and the square root of 4 beside that of 16 pages.
    assert weights[:4].sum() / weights[4:].sum() == pytest.approx(2.5 * 2 / 4)
    drawn = [draw_context(records, weights, tokenizer, np.random.default_rng(s)) for s in range(40)]
    context, record = draw_context(records, weights, tokenizer, np.random.default_rng(11))
    assert np.array_equal(context.ids, drawn[11][0].ids)
    assert record is drawn[11][1]
    assert {int(context.segments.max()) for context, _ in drawn} >= {1, 4}  # two of them read off
    assert 8 < sum(record.kind == "synthetic-form" for _, record in drawn) < 32


def corpus(folder: Path) -> Path:
    pages = []
    for number in range(60):
        record = corpus_page(ROWS, f"bills/{number}.jpg", seed=number)
        questions = [annotated(record, "What is the total?", ["RM60.30"], "RM60.30", field="total")]
        pages.append((record, questions))
    write_shard(folder / "bills-00000.jsonl", pages)
    measured = corpus_page(ROWS, "funsd_dev/1.png")
    questions = [annotated(measured, "When?", ["5/28/20"], "5/28/20")]
    write_shard(folder / "funsd_dev-00000.jsonl", [(measured, questions)])
    return folder


def test_the_sides_share_no_page(tmp_path: Path) -> None:
    corpus(tmp_path)
    train = {record.id for record in load_records(tmp_path, (), dev=False)}
    dev = {record.id for record in load_records(tmp_path, (), dev=True)}
    assert len(train) + len(dev) == 61
    assert "funsd_dev/1.png" in dev
    assert not train & dev
    assert len(load_records(tmp_path, ("bills",), dev=False)) == len(train)


def test_a_run_publishes_what_inference_loads_and_resumes(tmp_path: Path) -> None:
    arguments = ["--corpus", str(corpus(tmp_path / "corpus")), "--threads", "1"]
    arguments += ["--llm", str(write_folder(tmp_path / "tiny")), "--out", str(tmp_path / "run")]
    CliRunner().invoke(command, [*arguments, "--steps", "20"], catch_exceptions=False)
    facts = json.loads((tmp_path / "run" / "llm.json").read_text())
    assert (facts["steps"], facts["seed"]) == (20, 0)
    assert facts["dev_loss"] < np.log(859)
    events = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").open()]
    data = next(event for event in events if event["event"] == "data")
    assert data["pages"] + data["dev_pages"] == 61
    assert "SmolLM2" in (tmp_path / "run" / "llm.md").read_text()
    first = load_file(tmp_path / "run" / "llm.safetensors")
    assert int(first["grid"]) == 32
    bring_back(student_of(), tmp_path / "run" / "llm.safetensors")
    more = [*arguments, "--steps", "22", "--resume"]
    CliRunner().invoke(command, more, catch_exceptions=False)
    second = load_file(tmp_path / "run" / "llm.safetensors")
    assert json.loads((tmp_path / "run" / "llm.json").read_text())["steps"] == 22
    assert any(not torch.equal(first[name], second[name]) for name in first)


def test_a_run_may_go_on_at_a_lower_rank(tmp_path: Path) -> None:
    save_file(trained_state(student_of(4)), tmp_path / "start.safetensors")
    arguments = ["--corpus", str(corpus(tmp_path / "corpus")), "--threads", "1", "--steps", "1"]
    arguments += ["--llm", str(write_folder(tmp_path / "tiny"))]
    arguments += ["--start", str(tmp_path / "start.safetensors")]
    for rank, more in ((24, []), (6, ["--rank", "6"])):
        out = tmp_path / f"run{rank}"
        run = [*arguments, *more, "--out", str(out)]
        CliRunner().invoke(command, run, catch_exceptions=False)
        facts = json.loads((out / "llm.json").read_text())
        assert (facts["rank"], facts["alpha"]) == (rank, 2 * rank)
        assert f"LoRA of rank {rank} on" in (out / "llm.md").read_text()
        assert len(load_file(out / "llm.safetensors")["lora.layers.0.mlp.up.down"]) == rank
        assert started(out / "llm.safetensors").rank == rank
    higher = [*arguments, "--rank", "48", "--out", str(tmp_path / "run48")]
    with pytest.raises(BundleError, match="rank 24, less than 48"):
        CliRunner().invoke(command, higher, catch_exceptions=False)


def test_answers_of_several_regions_and_those_of_check_boxes_are_scarce() -> None:
    record = page()
    record.texts[index_of(record, "RM60.30")] = "☒ RM60.30"
    texts = ("☒ RM60.30", "5/28/20", "Date:")
    mark, date, label = (index_of(record, text) for text in texts)
    assert is_scarce(CorpusQuestion("?", [date, label], [date, label], "a b"), record)
    assert not is_scarce(CorpusQuestion("?", [date, label], [date], "a"), record)
    assert is_scarce(CorpusQuestion("?", [label, mark], [label, mark], "yes", "yes_no"), record)
    assert not is_scarce(CorpusQuestion("?", [date, label], [date, label], "yes", "yes_no"), record)


def test_a_page_with_a_ticked_box_counts_three_times() -> None:
    records = [page(), page(), page()]
    records[1].texts[0], records[2].texts[0] = "☒", "☐"
    weights = page_weights(records)
    assert weights[1] == pytest.approx(3 * weights[0])
    assert weights[2] == pytest.approx(weights[0])


def test_scarce_questions_are_drawn_more_often(tokenizer: Tokenizer) -> None:
    record = corpus_page([["Cc", "Ann"], ["", "Bob"], *([f"L{i}", f"v{i}"] for i in range(11))])
    lines = [index_of(record, "Ann"), index_of(record, "Bob")]
    record.questions.append(CorpusQuestion("Who?", lines, lines, "Ann Bob"))
    for i in range(11):
        value = [index_of(record, f"v{i}")]
        record.questions.append(CorpusQuestion(f"L{i}?", value, value, f"v{i}"))
    random = np.random.default_rng(0)
    who = prompt.question_ids(tokenizer, "Who?")
    contexts = [draw_context([record], np.ones(1), tokenizer, random)[0] for _ in range(120)]
    hits = sum(
        any(
            context.ids[context.segments == number][: len(who)].tolist() == who
            for number in range(1, 7)
        )
        for context in contexts
    )
    # 6 of 12 would be half of the contexts.
    assert hits > 80


def test_a_run_that_cannot_train_is_refused(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "corpus")
    tiny = str(write_folder(tmp_path / "tiny"))
    base = ["--corpus", str(folder), "--llm", tiny, "--steps", "1", "--threads", "1"]

    def run(*more: str) -> None:
        out = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        CliRunner().invoke(command, [*base, "--out", str(out), *more], catch_exceptions=False)

    with pytest.raises(DataError, match="no question to train on"):
        run("--set", "funsd_dev")
    with pytest.raises(OptionError, match="go together"):
        run("--aligner", str(tmp_path))
    record = corpus_page(ROWS, "sroie/in no list.jpg")
    questions = [annotated(record, "When?", ["5/28/20"], "5/28/20")]
    write_shard(folder / "sroie-00000.jsonl", [(record, questions)])
    with pytest.raises(DataError, match="to keep for dev"):
        run("--set", "sroie")
