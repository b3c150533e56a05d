"""What do glance encoders of several sizes read right, and what do they cost? See README.md.

Every size is trained from nothing for the same steps on the same lines, cut to its height, and
transcribes the same lines of held-out pages. Its CTC head is a linear probe of the frames, of which
the aligner's features are means.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from comparing import comparison_options, run_script, train_once
from pinpoint_edge.bench.plots import Point, check_plot, scattered
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.storage.atomic import write_json
from pinpoint_edge.vision.crop import REFINE_HEIGHT
from pinpoint_edge.vision.resize import resize, to_grey
from pinpoint_models.glance import GlanceConfig, GlanceEncoder, fold, folded
from pinpoint_models.paths import weights_folder
from pinpoint_models.recogniser import Recogniser
from pinpoint_train.commands.options import FOLDER
from pinpoint_train.lines.glance_batches import MAX_WIDTH, collate
from pinpoint_train.lines.glance_lines import GlanceLines, join
from pinpoint_train.lines.line_crops import LineCrop, read_sets, spread
from pinpoint_train.training.glance import GlanceData, misread, train
from pinpoint_train.training.run import TrainingRun

SHIPPED = "16 px, as shipped"
SIZES = {
    SHIPPED: GlanceConfig(),
    "8 px": GlanceConfig(height=8),
    "12 px": GlanceConfig(height=12),
    "24 px": GlanceConfig(height=24),
    "16 px, half as wide": GlanceConfig(stem=12, middle=32, width=48),
    "16 px, half as wide again": GlanceConfig(stem=36, middle=96, width=144),
    "16 px, two steps a frame": GlanceConfig(steps=2),
}
SYNTHETIC = "synthetic"
REAL_SHARE = 0.6
BATCH = 8


def lines_of(lines: Sequence[LineCrop], height: int) -> GlanceLines:
    """The lines at another height, grey, with their texts."""
    crops = []
    for line in lines:
        width = round(line.width * height / REFINE_HEIGHT)
        grey = to_grey(line.pixels())
        crops.append(resize(grey, min(max(width, 4), MAX_WIDTH), height))
    return GlanceLines(crops, [line.text for line in lines])


def multiply_adds(model: nn.Module, *inputs: torch.Tensor) -> int:
    """Multiplications with an addition that one run takes."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*inputs)
    return int(counter.get_total_flops()) // 2


@torch.no_grad()
def seconds_of(
    models: Mapping[str, GlanceEncoder], recogniser: Recogniser, lines: Sequence[LineCrop]
) -> dict[str, float]:
    """Seconds a line takes each model, and "recogniser"; they take turns, batch by batch."""
    order = sorted(lines, key=lambda line: line.width)
    seconds = dict.fromkeys([*models, "recogniser"], 0.0)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        width = -(-part[-1].width // 8) * 8
        colour = np.zeros((len(part), 3, REFINE_HEIGHT, width), np.uint8)
        for slot, line in zip(colour, part, strict=True):
            slot[:, :, : line.width] = line.pixels().transpose(2, 0, 1)
        used = torch.tensor([line.width for line in part])
        inputs = {"recogniser": (torch.from_numpy(colour), used)}
        for name, model in models.items():
            cut = lines_of(part, model.config.height)
            padded = collate(cut.crops, [[] for _ in part])
            inputs[name] = padded.crops, padded.widths
        for name, given in inputs.items():
            run: nn.Module = recogniser if name == "recogniser" else models[name]
            began = time.perf_counter()
            run(*given)
            seconds[name] += time.perf_counter() - began
    return {name: spent / len(order) for name, spent in seconds.items()}


def accuracy(edits: Sequence[int], lines: Sequence[LineCrop]) -> tuple[list[float], list[str]]:
    """1 - errors a character of each line, once for each of its characters, and their pages."""
    rates, pages = [], []
    for wrong, line in zip(edits, lines, strict=True):
        count = len(fold(line.text))
        rates += [1 - wrong / count] * count if count else []
        pages += [line.page] * count
    return rates, pages


def train_size(
    run: TrainingRun,
    config: GlanceConfig,
    sets: Mapping[str, Sequence[LineCrop]],
    held_out: Sequence[LineCrop],
) -> None:
    """Train an encoder on the sets, cut to its height."""
    real = join([lines_of(s, config.height) for name, s in sets.items() if name != SYNTHETIC])
    synthetic = lines_of(sets.get(SYNTHETIC, ()), config.height)
    data = GlanceData(real, synthetic, lines_of(held_out, config.height))
    train(run, config, data, REAL_SHARE)


def rows_of(
    models: Mapping[str, GlanceEncoder],
    recogniser: Recogniser,
    dev: Mapping[str, Sequence[LineCrop]],
) -> list[dict[str, Any]]:
    """Accuracy of each model on each set, beside the first one, and the cost of a line."""
    every = [line for lines in dev.values() for line in lines]
    seconds = seconds_of(models, recogniser, every)
    wide = round(float(np.mean([line.width for line in every])))
    rows: list[dict[str, Any]] = []
    known: dict[str, list[float]] = {}
    for name, model in models.items():
        height = model.config.height
        width = -(-round(wide * height / REFINE_HEIGHT) // 4) * 4
        crop = torch.zeros(1, 1, height, width, dtype=torch.uint8)
        row: dict[str, Any] = {
            "name": name,
            "parameters": sum(p.numel() for p in model.parameters()),
            "multiply_adds": multiply_adds(model, crop, torch.tensor([width])),
            "time": round(seconds[name] / seconds["recogniser"], 4),
        }
        for part, lines in dev.items():
            rates, pages = accuracy(misread(model, lines_of(lines, height)), lines)
            known.setdefault(part, rates)
            right = metrics.bootstrap_interval(rates, groups=pages)
            lead = metrics.paired_bootstrap(rates, known[part], groups=pages)
            row[part] = {"accuracy": _three(right), "lead": _three(lead)}
        rows.append(row)
    return rows


def _three(value: Estimate) -> list[float]:
    return [round(v, 4) for v in (value.mean, value.low, value.high)]


def _estimate(three: Sequence[float]) -> Estimate:
    mean, low, high = three
    return Estimate(mean, low, high, 1)


def table_of(rows: Sequence[Mapping[str, Any]], sets: Sequence[str]) -> str:
    """The comparison as Markdown."""
    head = ["encoder", "parameters", "multiply-adds a line", "time of the recogniser's", *sets]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [
            row["name"],
            f"{row['parameters']:,}",
            f"{row['multiply_adds'] / 1e6:.1f} M",
            f"{row['time']:.2f}",
        ]
        for part in sets:
            mean, low, high = row[part]["lead"]
            beside = "" if row is rows[0] else f" ({mean:+.3f} [{low:.3f}, {high:.3f}])"
            cells.append(f"{row[part]['accuracy'][0]:.3f}{beside}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(path: Path, rows: Sequence[Mapping[str, Any]], sets: Sequence[str]) -> None:
    """Draw the accuracy on each set against multiply-adds."""
    panels = {
        f"{part}: multiply-adds a line, millions": [
            Point(
                row["name"],
                row["name"],
                _estimate([row["multiply_adds"] / 1e6] * 3),
                _estimate(row[part]["accuracy"]),
            )
            for row in rows
        ]
        for part in sets
    }
    scattered(path, "Sizes of the glance encoder", "characters right", panels)


@click.command()
@click.option(
    "--line-crops",
    "folder",
    required=True,
    type=FOLDER,
    help="What `pinpoint-train line-crops` cut; its folders `train` and `dev` are read.",
)
@click.option("--size", "names", multiple=True, help="Only these besides the shipped. Repeatable.")
@click.option("--lines", type=click.IntRange(min=1), default=300, show_default=True)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw it.")
@comparison_options("runs/glance-sizes", steps=800)
def main(
    folder: Path,
    names: tuple[str, ...],
    steps: int,
    lines: int,
    threads: int,
    seed: int,
    plot: Path | None,
    as_json: bool,
    out: Path,
) -> None:
    """Train glance encoders of several sizes, and compare their accuracy and their cost."""
    if unknown := set(names) - set(SIZES):
        raise OptionError(f"There is no size {min(unknown)!r}: choose from {', '.join(SIZES)}.")
    if plot is not None:
        check_plot(plot)
    sets = read_sets(folder / "train")
    dev = {name: spread(found, lines) for name, found in read_sets(folder / "dev").items()}
    first = next(iter(dev.values()))
    torch.set_num_threads(threads)
    models = {}
    for name, config in SIZES.items():
        if names and name not in (SHIPPED, *names):
            continue
        folder = out / name.replace(",", "").replace(" ", "-")
        once = partial(train_size, config=config, sets=sets, held_out=first)
        same = {"steps": steps, "seed": seed, "threads": threads}
        train_once(folder, "glance", once, **same, config=asdict(config))
        model = GlanceEncoder(config)
        model.load_state_dict(load_file(folder / "glance.safetensors"))
        models[name] = folded(model)
    rows = rows_of(models, Recogniser.load(weights_folder()), dev)
    facts = {
        "steps": steps,
        "seed": seed,
        "lines": {name: len(some) for name, some in dev.items()},
        "sizes": rows,
    }
    write_json(out / "glance_sizes.json", facts)
    if plot is not None:
        draw(plot, rows, list(dev))
    click.echo(json.dumps(facts, indent=2) if as_json else table_of(rows, list(dev)))


if __name__ == "__main__":
    run_script(main)
