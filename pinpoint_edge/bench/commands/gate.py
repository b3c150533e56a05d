"""`pinpoint-bench gate`: an exit code for CI, by the intervals of two records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, output_option, shared_options


class Share(click.ParamType):  # type: ignore[type-arg]
    """A part such as 5% or .05."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value)
        try:
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{text!r} is no share; give one such as 5% or .05", param, ctx)
        if not 0 <= number < 10:
            self.fail(f"{text!r} is out of range; give 0% to 1000%", param, ctx)
        return number


@click.command(
    "gate",
    epilog="Example: pinpoint-bench gate record.json --baseline base.json --max-slower 5% "
    "--max-anls-drop .5",
)
@click.argument("record", type=FILE_PATH)
@click.option("--baseline", type=FILE_PATH, required=True, metavar="RECORD.json")
@click.option("--max-slower", type=Share(), metavar="SHARE", help="Such as 5%.")
@click.option("--max-joules", type=Share(), metavar="SHARE", help="More energy, such as 5%.")
@click.option(
    "--max-anls-drop", type=click.FloatRange(min=0), metavar="POINTS", help="Of 100, such as .5."
)
@click.option("--strict", is_flag=True, help="Fail as well where the intervals are too wide.")
@output_option("Write the judgements as JSON.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    record: Path,
    baseline: Path,
    max_slower: float | None,
    max_joules: float | None,
    max_anls_drop: float | None,
    strict: bool,
) -> None:
    """Compare RECORD with a baseline on the questions of both, and fail where it lost too much.

    A limit is broken when the whole 95 % interval lies beyond it; when the limit lies inside the
    interval, more runs are needed: `unsure`, which passes without --strict. Exit code 1 for a
    broken limit. Times of a record that is not valid are told, and judged all the same.
    """
    from pinpoint_edge.bench.record.record import read_record
    from pinpoint_edge.bench.report.compare import compare
    from pinpoint_edge.bench.report.gate import Limits, judge
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.storage.records import encode

    limits = Limits(max_slower, max_joules, max_anls_drop)
    if limits == Limits(None, None, None):
        raise OptionError("Nothing to judge: give --max-slower, --max-joules or --max-anls-drop.")
    new, base = read_record(record), read_record(baseline)
    found = list(judge(compare(new, base), limits))
    if not found:
        raise OptionError("The records have no figure in common that these limits are about.")
    bad = ("fail", "unsure") if strict else ("fail",)
    failed = any(each.outcome in bad for each in found)
    notes = [
        f"{path}: not valid: {'; '.join(each.validity.reasons)}"
        for path, each in ((record, new), (baseline, base))
        if not each.validity.valid
    ]
    if new.device.name != base.device.name or new.machine.get("cpu") != base.machine.get("cpu"):
        notes.append("the records are of different devices: their times differ for that alone")

    def show() -> None:
        for each in found:
            click.echo(f"{each.outcome:6} {each.name}: {each.measured}, at most {each.limit:.3g}")
        for note in notes:
            click.echo(note)

    deliver({"passed": not failed, "judgements": encode(tuple(found)), "notes": notes}, show)
    ctx.exit(1 if failed else 0)
