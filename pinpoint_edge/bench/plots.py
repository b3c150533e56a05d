"""Bars and points in a picture; matplotlib is imported where one is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinpoint_edge.errors import BackendError, OutputError
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.storage.atomic import check_writable, replacing

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.reliability import Bin

FORMATS = (".png", ".svg", ".pdf")
OTHERS = "others"
_GREY = "#c7c7c7"


def check_plot(path: Path) -> Path:
    """Make sure, before any work, that a picture can be drawn and written to `path`.

    Raises OutputError and, without matplotlib, BackendError.
    """
    if path.suffix.lower() not in FORMATS:
        raise OutputError(f"Cannot draw {path}: end its name in {', '.join(FORMATS)}.")
    _pyplot()
    return check_writable(path)


def stacked(
    path: Path, title: str, unit: str, rows: Mapping[str, Sequence[tuple[str, float]]]
) -> None:
    """Draw one bar a row, made of its named parts; equal names have equal colours, OTHERS grey."""
    pyplot = _pyplot()
    names = list(dict.fromkeys(name for parts in rows.values() for name, _ in parts))
    colours = pyplot.get_cmap("tab20").colors
    colour = {name: colours[at % len(colours)] for at, name in enumerate(names)} | {OTHERS: _GREY}
    figure, axes = pyplot.subplots(figsize=(9, 1.6 + 0.55 * len(rows)), layout="constrained")
    for place, parts in enumerate(rows.values()):
        left = 0.0
        for name, value in parts:
            axes.barh(place, value, left=left, color=colour[name], edgecolor="white", label=name)
            left += value
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.set_title(title, loc="left")
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    axes.legend(
        unique.values(), unique, loc="upper left", bbox_to_anchor=(1.01, 1), fontsize="small"
    )
    _save(figure, path)


def reliability_diagram(path: Path, title: str, bins: Mapping[str, Sequence[Bin]]) -> None:
    """Draw, for each name, what share of the answers of a confidence is right.

    The diagonal is a confidence that means what it says; a point's size is the number of answers.
    """
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(figsize=(5.2, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, zorder=0)
    for name, several in bins.items():
        total = sum(each.count for each in several)
        x, y = [each.confidence for each in several], [each.right for each in several]
        (line,) = axes.plot(x, y, "-", linewidth=1, label=name)
        sizes = [12 + 500 * each.count / total for each in several]
        axes.scatter(x, y, s=sizes, color=line.get_color(), alpha=0.5)
        for each in several:
            axes.annotate(
                str(each.count), (each.confidence, each.right), ha="center", va="center",
                fontsize="x-small",
            )  # fmt: skip
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04), xlabel="confidence", ylabel="share right")
    axes.set_title(title, loc="left")
    axes.legend(fontsize="small")
    _save(figure, path)


@dataclass(frozen=True)
class Point:
    """A named point whose family gives it colour and line; both values with their intervals."""

    name: str
    family: str
    x: Estimate
    y: Estimate


def scattered(path: Path, title: str, y_label: str, panels: Mapping[str, Sequence[Point]]) -> None:
    """Draw the points of each panel, named by what its x axis says, with bars for the intervals.

    Points of one family are joined by a line, by rising x.
    """
    pyplot = _pyplot()
    families = list(dict.fromkeys(point.family for points in panels.values() for point in points))
    colours = dict(zip(families, pyplot.get_cmap("tab10").colors, strict=False))
    figure, row = pyplot.subplots(
        1, len(panels), figsize=(5.2 * len(panels), 4.6), layout="constrained", sharey=True,
        squeeze=False,
    )  # fmt: skip
    for axes, (label, points) in zip(row[0], panels.items(), strict=True):
        for family in families:
            chosen = sorted((p for p in points if p.family == family), key=lambda p: p.x.mean)
            axes.errorbar(
                [p.x.mean for p in chosen],
                [p.y.mean for p in chosen],
                xerr=_reach([p.x for p in chosen]),
                yerr=_reach([p.y for p in chosen]),
                fmt="o-", markersize=4, linewidth=1, elinewidth=0.6, capsize=2, alpha=0.85,
                color=colours[family],
            )  # fmt: skip
            for point in chosen:
                axes.annotate(
                    point.name, (point.x.mean, point.y.mean), xytext=(4, 4),
                    textcoords="offset points", fontsize="x-small", color=colours[family],
                )  # fmt: skip
        axes.set_xlabel(label)
        axes.grid(alpha=0.25)
        axes.margins(x=0.15)
    row[0][0].set_ylabel(y_label)
    figure.suptitle(title, x=0.01, ha="left")
    _save(figure, path)


def _reach(values: Sequence[Estimate]) -> list[list[float]]:
    """How far the intervals reach below and above; nowhere for a single page."""
    return [
        [0.0 if math.isnan(v.low) else max(0.0, v.mean - v.low) for v in values],
        [0.0 if math.isnan(v.high) else max(0.0, v.high - v.mean) for v in values],
    ]


def _save(figure: Any, path: Path) -> None:
    pyplot = _pyplot()
    with replacing(path) as out:
        # No date inside: the same figures give the same picture.
        kind = path.suffix.lower().lstrip(".")
        date = {} if kind == "png" else {"CreationDate" if kind == "pdf" else "Date": None}
        figure.savefig(out, format=kind, dpi=150, metadata=date)
    pyplot.close(figure)


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise BackendError("A plot needs matplotlib; run `pip install matplotlib`.") from error
    matplotlib.use("agg")
    from matplotlib import pyplot

    return pyplot
