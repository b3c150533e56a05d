"""A real service of a real bundle under a small load."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pinpoint_edge.bench.cli import cli

PAGE = Path(__file__).parents[2] / "golden/pages/form/page.png"


def test_clients_get_the_answers_of_the_library(forms_bundle: Path) -> None:
    arguments = [forms_bundle, PAGE, "--question", "What is the postcode and town?"]
    load = ["--runs", "2", "--requests", "10", "--clients", "4", "--json"]
    found = CliRunner().invoke(cli, ["service", *map(str, arguments), *load])
    assert found.exit_code == 0, found.output
    figures = json.loads(found.stdout)
    assert figures["statuses"] == {"200": 10}
    assert figures["wrong"] == 0
    assert figures["service_ms"]["p95"] >= figures["service_ms"]["median"] > 0
    assert figures["end_bytes"] > 50e6
