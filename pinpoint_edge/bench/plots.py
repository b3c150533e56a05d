"""Bars in a picture; matplotlib is imported where one is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import BackendError, OutputError
from pinpoint_edge.files import check_writable, replacing

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
