"""`pinpoint watch`: one question to every frame of a video or a camera."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import json_text, shared_options, wants_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from pinpoint_edge.document.watch import Watched


@click.command(
    "watch",
    epilog="Example: pinpoint watch bundles/forms-onnx meter.mp4 'What is the reading?'",
)
@click.argument("bundle")
@click.argument("video")
@click.argument("question")
@click.option("--camera", is_flag=True, help="VIDEO is a camera, such as /dev/video0.")
@click.option(
    "--per-second", type=click.FloatRange(0, min_open=True), default=2.0, show_default=True,
    help="Frames to take of each second.",
)  # fmt: skip
@click.option(
    "--change", type=click.FloatRange(0), default=2.0, show_default=True,
    help="Grey levels by which noise may change a region.",
)  # fmt: skip
@click.option(
    "--every", type=click.IntRange(1), default=100, show_default=True,
    help="Frames after which the whole frame is looked at again in any case.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Read each frame alone as well, and compare.")
@runtime_options
@shared_options
def command(
    bundle: str,
    video: str,
    question: str,
    camera: bool,
    per_second: float,
    change: float,
    every: int,
    check: bool,
    run_on: RunOn,
) -> None:
    """Ask each frame of VIDEO the QUESTION; print answers when they change, JSON of every frame.

    Regions that did not change are not read again. At the end stderr says how many frames were
    looked at as a whole, read in part, and kept.
    """
    from pinpoint_edge.document.video import Frame, frames
    from pinpoint_edge.reader import PinPoint

    paths: Counter[str] = Counter()
    alike, last = 0, None
    taken: list[Frame] = []

    def images() -> Iterator[NDArray[np.uint8]]:
        for frame in frames(video, per_second=per_second, camera=camera):
            taken[:] = [frame]
            yield frame.image

    with PinPoint.load(bundle, **run_on) as reader:
        for watched in reader.watch(images(), question, change=change, every=every):
            (frame,) = taken
            paths[watched.path] += 1
            if check:
                alone = reader.open(frame.image, text_layer="ignore").ask(question)
                alike += alone.text == watched.answer.text
            if wants_json():
                click.echo(json_text(_line(watched, frame.time_s)))
            elif watched.answer.text != last or watched.number == 0:
                last = watched.answer.text
                shown = last if watched.answer.found else "not found"
                click.echo(f"{frame.time_s:8.2f} s  {shown}  ({watched.answer.confidence:.2f})")
    total = sum(paths.values())
    done = ", ".join(f"{paths[name]} {name}" for name in ("looked", "read", "kept"))
    beside = f"; {alike} like the frame read alone" if check else ""
    click.echo(f"{total} frames: {done}{beside}", err=True)


def _line(watched: Watched, time_s: float) -> dict[str, object]:
    answer = watched.answer.to_json()
    kept = {name: answer[name] for name in ("text", "found", "confidence", "boxes")}
    return {
        "frame": watched.number, "time": round(time_s, 3), "path": watched.path,
        "changed": watched.changed, **kept,
    }  # fmt: skip
