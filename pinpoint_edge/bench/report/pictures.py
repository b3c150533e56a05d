"""The pictures of a report as SVG texts, in the page's own text colour, light or dark."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pinpoint_edge.bench.record.record import Figure, Record
from pinpoint_edge.errors import BackendError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INSTALL_REPORT = "pip install 'pinpoint-edge[report]'"
INK = "#010203"  # stands for the page's text colour until the SVG is written
COLOURS = ("#3b82c4", "#e08a2e", "#4aa564", "#c4524b", "#8b6fc0", "#8a7a5c", "#d06ca8", "#7f8c8d")
ORDER = ("load", "detect", "layout", "glance", "align", "select", "refine", "prefill", "decode")
SENSORS = 6
"""Channels of a unit that are drawn, the hottest or fastest first."""


def draw(count: int, height: float, paint: Callable[[Sequence[Any]], None]) -> str:
    """Return an SVG of `count` panels side by side that `paint` fills; raises BackendError."""
    try:
        import matplotlib
        from matplotlib.figure import Figure as Canvas
    except ImportError as error:
        raise BackendError(f"A report needs matplotlib; run `{INSTALL_REPORT}`.") from error
    settings: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "pinpoint", "font.size": 9,
        "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
        **dict.fromkeys(
            ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK
        ),
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        canvas = Canvas(figsize=(9.6, height), layout="constrained")
        paint(canvas.subplots(1, count, squeeze=False)[0])
        for axes in canvas.axes:
            axes.set_facecolor("none")
        out = io.StringIO()
        canvas.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue())


def _inline(svg: str) -> str:
    """Keep the element alone, scaled to its box, with ids that no other picture has."""
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    mark = f"p{zlib.crc32(svg.encode()):08x}"
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{mark}-\1"', svg)
    return re.sub(r'(url\(#|href="#)', rf"\1{mark}-", svg)


def stages(records: Sequence[Record]) -> str:
    """A bar a record: the median times of the stages of a cold page, one after the other."""
    names = list(dict.fromkeys(name for record in records for name in _stage_figures(record)))

    def paint(panels: Sequence[Axes]) -> None:
        axes = panels[0]
        for place, record in enumerate(records):
            left = 0.0
            for number, name in enumerate(names):
                ms = _stage_figures(record).get(name, 0.0)
                axes.barh(
                    place, ms, left=left, label=name if not place else None,
                    color=COLOURS[number % len(COLOURS)], hatch="//" if number >= len(COLOURS)
                    else None,
                )  # fmt: skip
                left += ms
        axes.set_yticks(range(len(records)), [record.name for record in records])
        axes.invert_yaxis()
        axes.set_xlabel("ms of a cold page, median by stage")
        axes.legend(ncols=6, loc="lower center", bbox_to_anchor=(0.4, 1.0), fontsize="small")

    return draw(1, 1.5 + 0.45 * len(records), paint)


def _stage_figures(record: Record) -> dict[str, float]:
    found = {
        name.removeprefix("stage_").removesuffix("_p50"): figure.value
        for name, figure in record.figures.items()
        if name.startswith("stage_")
    }
    order = [name for name in ORDER if name in found]
    found = {name: found[name] for name in (*order, *sorted(found.keys() - set(order)))}
    # What takes less than a hundredth of the page is no part that anybody can see.
    return {name: ms for name, ms in found.items() if ms >= 0.01 * sum(found.values())}


def pareto(records: Sequence[Record]) -> str:
    """ANLS against time, size, memory and energy, a point a record with its intervals."""
    axes_of: dict[str, Callable[[Record], Figure | float | None]] = {
        "ms of a cold page": lambda r: r.figures.get("cold_page_p50"),
        "MB of the bundle": lambda r: r.bundle.size_bytes / 1e6,
        "MB of memory, peak": lambda r: peak_megabytes(r),
        "J of a cold page": lambda r: r.energy.cold_page_joules if r.energy else None,
    }
    shown = {
        name: value for name, value in axes_of.items() if any(value(r) is not None for r in records)
    }

    def paint(panels: Sequence[Axes]) -> None:
        for axes, (label, value) in zip(panels, shown.items(), strict=True):
            for number, record in enumerate(records):
                x, y = value(record), record.figures.get("anls")
                if x is None or y is None:
                    continue
                at = x if isinstance(x, Figure) else Figure(x, None, None, 1)
                axes.errorbar(
                    [at.value], [y.value], xerr=_reach(at), yerr=_reach(y), fmt="o", capsize=2,
                    color=COLOURS[number % len(COLOURS)], label=record.name, markersize=5,
                )  # fmt: skip
            axes.set_xlabel(label)
            axes.margins(0.2)
            axes.grid(alpha=0.25)
        panels[0].set_ylabel("ANLS")
        panels[0].figure.legend(
            *panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=3,
            fontsize="small",
        )  # fmt: skip

    return draw(len(shown), 3.0, paint)


def peak_megabytes(record: Record) -> float | None:
    """Return the peak memory of a question; None where the system does not say."""
    peaks = [step.peak_bytes for step in record.memory if step.peak_bytes]
    return max(peaks) / 1e6 if peaks else None


def _reach(figure: Figure) -> list[list[float]] | None:
    if figure.low is None or figure.high is None:
        return None
    return [[max(0.0, figure.value - figure.low)], [max(0.0, figure.high - figure.value)]]


def distributions(records: Sequence[Record]) -> str:
    """The share of cold pages, and of further questions, that are answered within a time."""

    def paint(panels: Sequence[Axes]) -> None:
        for axes, cold in zip(panels, (True, False), strict=True):
            for number, record in enumerate(records):
                times = [(a.cold_ms or a.ms) for a in record.answers if a.is_cold == cold]
                if times:
                    share = np.arange(1, len(times) + 1) / len(times)
                    axes.step(
                        np.sort(times), share, where="post", label=record.name,
                        color=COLOURS[number % len(COLOURS)],
                    )  # fmt: skip
            axes.set_xlabel("ms of a cold page" if cold else "ms of a further question")
            axes.set_ylim(0, 1.02)
            axes.grid(alpha=0.25)
        panels[0].set_ylabel("share answered within")
        panels[0].legend(loc="lower right", fontsize="small")

    return draw(2, 3.0, paint)


def over_time(record: Record) -> str | None:
    """Temperatures, clocks and powers over the run; None where there is no sensor."""
    units = [
        unit for unit in ("°C", "MHz", "W") if any(s.unit == unit for s in record.series)
    ]  # fmt: skip
    if not units:
        return None

    def paint(panels: Sequence[Axes]) -> None:
        for axes, unit in zip(panels, units, strict=True):
            series = [s for s in record.series if s.unit == unit]
            series.sort(key=lambda s: -max(s.values))
            for number, each in enumerate(series[:SENSORS]):
                axes.plot(
                    each.times_s, each.values, linewidth=1, label=f"{each.channel} ({each.sensor})",
                    color=COLOURS[number % len(COLOURS)],
                )  # fmt: skip
            axes.set_xlabel("seconds since the start")
            axes.set_ylabel(unit)
            axes.margins(y=0.2)
            axes.grid(alpha=0.25)
            axes.legend(fontsize="x-small")

    return draw(len(units), 2.8, paint)
