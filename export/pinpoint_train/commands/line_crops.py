"""`pinpoint-train line-crops`: lines to train and to measure the recogniser on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.errors import OptionError
from pinpoint_train.commands.options import FOLDER, debug_option, out_option, seed_option

if TYPE_CHECKING:
    from pinpoint_train.lines.cutting import Cutter


@click.command(
    "line-crops",
    epilog="Example: pinpoint-train line-crops --corpus cache --data sroie --out line-crops",
)
@click.option("--corpus", type=FOLDER, help="Corpus that holds the annotated folders.")
@click.option(
    "--data", multiple=True, type=FOLDER,
    help="Annotated folder (in the corpus), or folder of PDFs with a text layer. Repeatable.",
)  # fmt: skip
@click.option(
    "--measure", multiple=True, type=FOLDER,
    help="Such a folder whose lines all go to dev; of annotations, the answers. Repeatable.",
)  # fmt: skip
@click.option(
    "--own-boxes", is_flag=True,
    help="Cut by the boxes of lines.jsonl or of the text layer; needs no corpus.",
)  # fmt: skip
@click.option(
    "--synthetic", type=click.IntRange(min=0), default=0, show_default=True,
    help="Number of generated lines.",
)  # fmt: skip
@click.option(
    "--ticks", type=click.IntRange(min=0), default=0, show_default=True,
    help="Number of generated lines with check boxes.",
)  # fmt: skip
@click.option(
    "--other-scripts", type=click.IntRange(min=0), default=0, show_default=True,
    help="Lines of each other script for dev, drawn with the fonts of this machine.",
)  # fmt: skip
@click.option("--per-page", type=click.IntRange(min=1), default=30, show_default=True)
@seed_option
@click.option("--weights", type=FOLDER, help="Folder of detector and recogniser weights.")
@out_option()
@debug_option
def command(
    corpus: Path | None,
    data: tuple[Path, ...],
    measure: tuple[Path, ...],
    own_boxes: bool,
    synthetic: int,
    ticks: int,
    other_scripts: int,
    per_page: int,
    seed: int,
    weights: Path | None,
    out: Path,
) -> None:
    """Cut lines of height 48 with their texts, for `recogniser` and `recogniser-errors`."""
    from pinpoint_models.paths import weights_folder
    from pinpoint_models.weights import load_characters
    from pinpoint_train.corpus.page_reader import PageReader
    from pinpoint_train.lines import cutting
    from pinpoint_train.lines.line_crops import write_line_crops
    from pinpoint_train.lines.other_scripts import other_script_crops
    from pinpoint_train.lines.own_boxes import crops_by_own_boxes
    from pinpoint_train.lines.tick_lines import tick_crops

    source = weights or weights_folder()
    characters = load_characters(source)
    if not (data or measure or synthetic or ticks or other_scripts):
        raise OptionError(
            "No lines to cut: give --data, --measure, --synthetic, --ticks or --other-scripts."
        )
    for folder in (*data, *measure):
        cutter = cutting.Cutter(characters, per_page)
        if own_boxes:
            crops = crops_by_own_boxes(folder, cutter)
        elif not (folder / "qa.jsonl").exists():
            reader = PageReader(source, out / "graphs")
            crops = cutting.text_layer_crops(folder, reader, cutter)
        elif folder in measure:
            crops = cutting.answer_crops(folder, cutter)
        elif corpus is not None:
            crops = cutting.annotated_crops(folder, corpus, cutter)
        else:
            raise OptionError(f"{folder} is annotated: give the --corpus that holds it.")
        name, sides = cutting.divided(folder, list(crops), measured=folder in measure)
        for side, part in sides.items():
            if part:
                write_line_crops(out / side / name, part)
        _report(name, len(sides["train"]), len(sides["dev"]), cutter)
    if synthetic:
        cutter = cutting.Cutter(characters, per_page)
        generated = cutting.synthetic_crops(seed, synthetic, cutter)
        _report("synthetic", write_line_crops(out / "train" / "synthetic", generated), 0, cutter)
    if ticks:
        cutter = cutting.Cutter(characters, per_page)
        ticked = tick_crops(seed, ticks, cutter)
        _report("ticks", write_line_crops(out / "train" / "ticks", ticked), 0, cutter)
    if other_scripts:
        for script, lines in other_script_crops(characters, other_scripts, seed).items():
            write_line_crops(out / "dev" / script, lines)
            click.echo(f"{script}: {len(lines)} held out")


def _report(name: str, trained: int, held_out: int, cutter: Cutter) -> None:
    reasons = ", ".join(f"{key} {count}" for key, count in sorted(cutter.counts.items()))
    click.echo(f"{name}: {trained} to train on, {held_out} held out ({reasons})")
