"""Fine-tuning the recogniser: batches, loss, a resumed run, and how its errors are counted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from pinpoint_data.splits import dev_images
from pinpoint_edge.errors import DataError, OptionError
from pinpoint_models.paths import weights_folder
from pinpoint_models.recogniser import Recogniser
from pinpoint_models.weights import load_characters
from pinpoint_train.commands.recogniser_errors import command
from pinpoint_train.lines import line_crop_batches
from pinpoint_train.lines.line_crop_batches import LineCropBatches, collate, encode
from pinpoint_train.lines.line_crops import write_line_crops
from pinpoint_train.measuring.recogniser_errors import (
    Errors,
    Tiny,
    measure,
    split_errors,
    summary,
)
from pinpoint_train.training import recogniser
from pinpoint_train.training.recogniser import held_out, loss_of, mean_of, reads_right, train
from pinpoint_train.training.run import TrainingRun

from ..drawn_line_crops import drawn, drawn_line_crops

CHARACTERS = load_characters(weights_folder())
UNSEEN = CHARACTERS.index("\u4e00")


@pytest.fixture(scope="module")
def start() -> Recogniser:
    return Recogniser.load(weights_folder())


def test_a_batch_comes_from_its_random_source_alone() -> None:
    sampler = LineCropBatches(drawn_line_crops(60), CHARACTERS)
    batch, again, other = (sampler.draw(np.random.default_rng(i)) for i in (0, 0, 1))
    assert torch.equal(batch.crops, again.crops)
    assert torch.equal(batch.targets, again.targets)
    assert batch.crops.shape != other.crops.shape or not torch.equal(batch.crops, other.crops)
    assert batch.targets.numel() == int(batch.lengths.sum())
    assert batch.crops.shape[2] == 48
    assert batch.crops.shape[3] % 16 == 0
    for crop, width in zip(batch.crops, batch.widths.tolist(), strict=True):
        assert (crop[:, :, width:] == 127).all()


def test_lines_kept_from_training_are_refused() -> None:
    kept = sorted(dev_images()["sroie"])[0]
    lines = [*drawn_line_crops(3), replace(drawn_line_crops(1)[0], page=f"sroie/{kept}")]
    with pytest.raises(DataError, match="held-out page"):
        LineCropBatches(lines, CHARACTERS)
    with pytest.raises(DataError, match="no class"):
        encode("a\ue000", {"a": 1})


def test_pages_to_choose_by_are_whole() -> None:
    lines = [replace(line, page=f"sroie/x{i // 4}") for i, line in enumerate(drawn_line_crops(100))]
    training, away = held_out(lines)
    assert 0 < len(away) < 20
    assert len(training) + len(away) == 100
    assert not {s.page for s in training} & {s.page for s in away}
    assert held_out(lines[:60])[1] == [s for s in away if s in lines[:60]]


def test_only_lines_that_the_start_reads_right_hold_the_model(start: Recogniser) -> None:
    classes = {character: index for index, character in enumerate(CHARACTERS)}
    texts = ["Total Due", "Name of"]
    batch = collate([drawn(t) for t in texts], [encode(t, classes) for t in (texts[0], "Nose")])
    frames = torch.ceil(batch.widths / 8).long()
    with torch.no_grad():
        log = start(batch.crops, batch.widths)[1].log_softmax(2)
    assert reads_right(log, frames, batch).tolist() == [True, False]


def checkpoint(run: Path) -> dict[str, Any]:
    parts: dict[str, Any] = torch.load(run / "checkpoint.pt", weights_only=True)["parts"]
    return parts


def test_steps_lower_the_loss_and_a_resumed_run_is_the_same(
    tmp_path: Path, start: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_crop_batches, "BATCH_PIXELS", 4 * 200)
    monkeypatch.setattr(recogniser, "MIXES", (0.0, 1.0))
    # The labels say what the start does not read, so that there is something to learn.
    lines = [replace(s, text=s.text.replace(" ", "%")) for s in drawn_line_crops(24)]
    sampler = LineCropBatches(lines, CHARACTERS)
    batch = sampler.draw(np.random.default_rng(5))

    def trained(out: Path, stop: int | None = None, resume: bool = False) -> Recogniser:
        run = TrainingRun(out, steps=6, minutes=None, seed=1, threads=1, resume=resume)
        if stop is None:
            return train(run, start, lines, CHARACTERS)

        def until(*parts: Any) -> torch.Tensor:
            if run.step == stop:
                raise KeyboardInterrupt
            return loss_of(*parts)

        monkeypatch.setattr(recogniser, "loss_of", until)
        with pytest.raises(KeyboardInterrupt):
            train(run, start, lines, CHARACTERS)
        monkeypatch.setattr(recogniser, "loss_of", loss_of)
        return start

    whole = trained(tmp_path / "whole")
    with torch.no_grad():
        learned = Recogniser(len(CHARACTERS))
        learned.load_state_dict(checkpoint(tmp_path / "whole")["model"])
        assert loss_of(learned, start, batch) < loss_of(start, start, batch)
    for model in (whole, learned):
        assert torch.equal(model.head.weight[UNSEEN], start.head.weight[UNSEEN])
    records = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").open()]
    mixes = {r["share"]: r["cer"] for r in records if r["event"] == "mix"}
    facts = json.loads((tmp_path / "whole" / "recogniser.json").read_text())
    assert facts["cer"] == pytest.approx(min(mixes.values()), abs=1e-4)
    assert facts["lines"]["human"] == len(held_out(lines)[0])

    trained(tmp_path / "broken", stop=3)
    trained(tmp_path / "broken", resume=True)
    parts = [checkpoint(tmp_path / name)["model"] for name in ("whole", "broken")]
    assert all(torch.equal(parts[0][name], parts[1][name]) for name in parts[0])
    again = Recogniser.load(tmp_path / "whole")
    assert torch.equal(again.neck.reduce.weight, whole.neck.reduce.weight)


def test_the_head_alone_leaves_the_features_as_they_are(
    tmp_path: Path, start: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_crop_batches, "BATCH_PIXELS", 4 * 200)
    monkeypatch.setattr(recogniser, "MIXES", (0.0, 1.0))
    lines = [replace(s, text=s.text.replace(" ", "%")) for s in drawn_line_crops(24)]
    run = TrainingRun(tmp_path, steps=3, minutes=None, seed=1, threads=1, resume=False)
    train(run, start, lines, CHARACTERS, head_only=True)
    after = checkpoint(tmp_path)["model"]
    for name, value in start.state_dict().items():
        same = torch.equal(value, after[name])
        assert same != name.startswith("head."), name


def test_the_mean_of_two_recognisers(start: Recogniser) -> None:
    other = Recogniser(len(CHARACTERS))
    mixed = mean_of(start, other, 0.25)
    expected = 0.75 * start.head.bias + 0.25 * other.head.bias
    torch.testing.assert_close(mixed.head.bias, expected)
    assert torch.equal(mean_of(start, other, 0.0).head.bias, start.head.bias)


@pytest.mark.parametrize(
    ("reading", "true", "errors"),
    [
        ("Total due", "Total due", Errors(0, 0, 0)),
        ("Totaldue", "Total due", Errors(1, 0, 0)),
        ("T otal  due ", "Total due", Errors(1, 0, 0)),
        ("total Due", "Total due", Errors(0, 2, 0)),
        ("Tota1due", "Total Due", Errors(1, 1, 1)),
        ("", "a b", Errors(1, 0, 2)),
        ("x", "", Errors(0, 0, 1)),
    ],
)
def test_errors_are_parted(reading: str, true: str, errors: Errors) -> None:
    assert split_errors(reading, true) == errors


def test_recognisers_are_measured_on_the_same_lines(tmp_path: Path, graphs: Path) -> None:
    lines = drawn_line_crops(11)
    tiny = Tiny(weights_folder(), CHARACTERS, graphs)
    readers = {"tiny": tiny, "shouting": lambda part: [text.upper() for text in tiny(part)]}
    rows = summary(measure(readers, lines), lines)
    assert rows["tiny"].lines_right >= 9
    assert rows["tiny"].change.mean == 0.0
    assert rows["shouting"].case > 40
    assert rows["shouting"].change.low > 0.3
    capitals = [replace(line, text=line.text.upper()) for line in lines]
    folded = summary(measure(readers, capitals), capitals)
    assert folded["shouting"].case == folded["tiny"].case == 0

    write_line_crops(tmp_path / "dev" / "made", lines)
    (tmp_path / "graphs").symlink_to(graphs)
    out = tmp_path / "errors.json"
    arguments = ["--line-crops", str(tmp_path), "--no-small", "--out", str(out)]
    told = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert "made: 11 lines" in told.output
    with pytest.raises(OptionError, match=r"choose from \['made'\]"):
        CliRunner().invoke(command, [*arguments, "--set", "unmade"], catch_exceptions=False)
    written = json.loads(out.read_text())
    assert written["made"]["tiny"]["lines_right"] == rows["tiny"].lines_right
