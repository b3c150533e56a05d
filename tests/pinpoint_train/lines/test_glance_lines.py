"""Lines for the glance encoder: sure readings of training pages only."""

from pathlib import Path

import numpy as np
from click.testing import CliRunner

from pinpoint_data.splits import dev_images
from pinpoint_train.commands.glance_lines import command
from pinpoint_train.lines.glance_lines import confident_lines, read_lines

from ..corpus_pages import corpus_page, write_shard


def corpus(folder: Path) -> Path:
    kept = sorted(dev_images()["sroie"])[0]
    training = corpus_page([[f"line {i}"] for i in range(20)], "sroie/not in any list.jpg")
    training.confidences = [0.5 if i % 2 else 0.95 for i in range(20)]
    training.texts[4] = "  "
    held_out = corpus_page([["kept for dev"]], f"sroie/{kept}")
    write_shard(folder / "sroie-00000.jsonl", [(training, []), (held_out, [])])
    measured = corpus_page([["measured only"]], "funsd_dev/1.png")
    write_shard(folder / "funsd_dev-00000.jsonl", [(measured, [])])
    return folder


def test_only_sure_lines_of_training_pages_are_kept(tmp_path: Path) -> None:
    record = corpus_page([[f"line {i}"] for i in range(20)])
    sure = [i for i in range(0, 20, 2) if i != 4]
    lines = list(confident_lines(corpus(tmp_path), (), 80))
    assert [text for _, text in lines] == [record.texts[i] for i in sure]
    assert all(map(np.array_equal, [crop for crop, _ in lines], [record.crops[i] for i in sure]))
    few = [text for _, text in confident_lines(tmp_path, ("sroie",), 3)]
    assert few == [record.texts[sure[i]] for i in (0, 3, 6)]
    assert list(confident_lines(tmp_path, ("funsd_dev",), 80)) == []


def test_the_command_writes_a_line_cache(tmp_path: Path) -> None:
    arguments = ["--corpus", str(corpus(tmp_path / "corpus")), "--set", "sroie"]
    arguments += ["--per-page", "4", "--out", str(tmp_path / "lines")]
    CliRunner().invoke(command, arguments, catch_exceptions=False)
    lines = read_lines(tmp_path / "lines")
    expected = list(confident_lines(tmp_path / "corpus", ("sroie",), 4))
    assert lines.texts == [text for _, text in expected]
    assert all(map(np.array_equal, lines.crops, [crop for crop, _ in expected]))
