"""`pinpoint-bench run`: a bundle on a device by the protocol, all figures in one record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import FILE_PATH, deliver, print_json, shared_options, writable
from pinpoint_edge.commands.terminal import console, megabytes, progress
from pinpoint_edge.errors import OptionError, OutputError

if TYPE_CHECKING:
    from pinpoint_edge.bench.record.record import Record
    from pinpoint_edge.evaluation.dataset import AnnotatedPage


@click.command(
    "run",
    epilog="Example: pinpoint-bench run bundles/forms-onnx-int4 --data receipts/qa.jsonl "
    "--limit 60 -o record.json",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--device", default="local", show_default=True, metavar="DEVICE",
    help="local or ssh:USER@HOST.",
)  # fmt: skip
@runtime_options
@click.option(
    "--cores", metavar="LIST", help="Run on these cores alone: big, or numbers such as 4-7."
)
@click.option(
    "--runs", type=click.IntRange(min=1), default=30, show_default=True, metavar="N",
    help="Cold pages to measure at least, and as many further questions.",
)  # fmt: skip
@click.option(
    "--sustained", type=click.FloatRange(min=0), default=3.0, show_default=True,
    metavar="MINUTES", help="Then ask pages for this long, to see whether the device throttles.",
)  # fmt: skip
@click.option(
    "--idle", type=click.FloatRange(min=0), default=10.0, show_default=True, metavar="SECONDS",
    help="Wait this long first, for the idle power and other work.",
)  # fmt: skip
@click.option("--name", metavar="TEXT", help="Of the device in the record; default its processor.")
@click.option(
    "--device-python", metavar="PATH", help="Of ssh: the Python there; default the newest."
)
@click.option(
    "--ssh-config", type=FILE_PATH, metavar="FILE", help="Options of ssh; default the user's own."
)
@click.option("--keep", is_flag=True, help="Of ssh: leave the folder on the device.")
@click.option("--resume", is_flag=True, help="Go on with the run that wrote the same -o.")
@click.option(
    "--sysroot", type=click.Path(file_okay=False, path_type=Path), default=Path("/"), hidden=True,
    help="Where /sys and /proc are: a recorded tree.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=FILE_PATH, default=Path("record.json"), show_default=True,
    metavar="FILE.json", callback=writable, help="Write the record.",
)  # fmt: skip
@shared_options
def command(
    bundle: str,
    pages: list[AnnotatedPage],
    seed: int,
    device: str,
    run_on: RunOn,
    cores: str | None,
    runs: int,
    sustained: float,
    idle: float,
    resume: bool,
    sysroot: Path,
    output: Path,
    name: str | None,
    ssh_config: Path | None,
    device_python: str | None,
    keep: bool,
) -> None:
    """Measure BUNDLE on a device: times, memory, energy, throttling and answers, in one record.

    The steps are those of docs/benchmarks.md: idle, load, first run, warm-up, measured rounds, a
    sustained run. An interrupted run goes on with --resume. The record says whether its times are
    valid, and why not.

    A device behind ssh gets the package, the bundle and the pages in a temporary folder, which is
    removed at the end.
    """
    from pinpoint_edge.bench.devices.device import Job, parse
    from pinpoint_edge.bench.devices.ssh import SshDevice
    from pinpoint_edge.bench.record.record import write_record
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.storage.records import encode

    kind, address = parse(device)
    options = RunOptions(run_on, cores, runs, sustained, idle, name)
    with ExitStack() as shown:

        def step(unit: str, parts: int) -> Callable[[object], None]:
            shown.close()
            return shown.enter_context(progress(parts, unit))

        if kind == "local":
            record = _local(bundle, pages, options, sysroot, output, resume, step)
        elif resume:
            raise OptionError("--resume belongs to a run on this machine; leave it out.")
        else:
            host = SshDevice(address, config=ssh_config, python=device_python, keep=keep)
            path = Bundle.open(bundle, check_backends=False).folder
            record = host.measure(Job(path, pages, options.there()), step)
    try:
        write_record(output, record)
    except OutputError:
        print_json(encode(record))  # hours of a board's time must not be lost to a full disk
        raise
    partial(output).unlink(missing_ok=True)
    deliver(encode(record), lambda: show(record, output))


@dataclass(frozen=True)
class RunOptions:
    """The options of a run, as they were given."""

    run_on: RunOn
    cores: str | None
    runs: int
    sustained: float
    idle: float
    name: str | None

    def there(self) -> tuple[str, ...]:
        """The same options for the command line of another machine."""
        given = {
            "--runs": self.runs, "--sustained": self.sustained, "--idle": self.idle,
            "--threads": self.run_on["threads"], "--runtime": self.run_on["runtime"],
            "--cores": self.cores, "--name": self.name,
        }  # fmt: skip
        found = [text for k, v in given.items() if v is not None for text in (k, str(v))]
        for provider in self.run_on["providers"] or ():
            found += ["--provider", provider]
        return tuple(found)


def partial(output: Path) -> Path:
    """Return the file of the answers of a run that is going on."""
    return output.with_name(f"{output.name}.part")


def _local(
    bundle: str,
    pages: list[AnnotatedPage],
    options: RunOptions,
    sysroot: Path,
    output: Path,
    resume: bool,
    step: Callable[[str, int], Callable[[object], None]],
) -> Record:
    from pinpoint_edge.bench.machine import cpu_model
    from pinpoint_edge.bench.record.cores import chosen_cores
    from pinpoint_edge.bench.record.plan import identity, measured_log
    from pinpoint_edge.bench.record.protocol import Run
    from pinpoint_edge.bench.record.record import DeviceFacts, Settings
    from pinpoint_edge.bench.sensors.sensor import Machine
    from pinpoint_edge.bundle import Bundle

    machine = Machine(sysroot)
    numbers = chosen_cores(options.cores, machine)
    run_on = options.run_on
    settings = Settings(
        runs=options.runs,
        sustained_min=options.sustained,
        idle_s=options.idle,
        threads=run_on["threads"] or (len(numbers) if numbers else None),
        runtime=run_on["runtime"],
        providers=None if run_on["providers"] is None else tuple(run_on["providers"]),
        cores=numbers,
    )
    opened = Bundle.open(bundle, check_backends=run_on["runtime"] is None)
    log = measured_log(partial(output), identity(opened, pages, settings), resume)
    facts = DeviceFacts("local", options.name or cpu_model() or "local", emulated=False)
    return Run(opened, pages, settings, log, facts, machine, step).measure()


def show(record: Record, output: Path) -> None:
    """Print the figures of a record as a table."""
    from rich.table import Table

    table = Table(title=record.name, title_justify="left")
    table.add_column("")
    table.add_column("value [95 % interval]", justify="right")
    table.add_row("load", f"{record.load_ms:.0f} ms")
    table.add_row("first run", f"{record.first_run_ms:.0f} ms")
    for name, figure in record.figures.items():
        table.add_row(name.replace("_", " "), str(figure))
    if record.energy is not None:
        table.add_row("idle power", f"{record.energy.idle_watts:.3g} W")
        for name in ("cold_page_joules", "further_joules"):
            if (joules := getattr(record.energy, name)) is not None:
                table.add_row(name.replace("_", " "), f"{joules} J")
    peaks = [step.peak_bytes for step in record.memory if step.peak_bytes]
    table.add_row("peak memory", megabytes(max(peaks, default=None)))
    terminal = console()
    terminal.print(table)
    for name, reason in record.missing.items():
        terminal.print(f"no {name}: {reason}", markup=False)
    for reason in record.validity.reasons:
        terminal.print(f"not valid: {reason}", markup=False)
    if record.changed:
        terminal.print(f"answered in two ways: {', '.join(record.changed)}", markup=False)
    terminal.print(f"{output}: {'valid' if record.validity.valid else 'not valid'}", markup=False)
