"""The peak memory of one stage in this process; a report starts such a process for each stage.

`python -m pinpoint_quantization.report.memory REQUEST`, a request as JSON, prints {"peak": bytes}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

WHOLE = "ask"
"""Instead of a stage: a page is opened and asked."""


def run(request: dict[str, Any]) -> None:
    """Load the stage that the request names and run it once on each of its inputs."""
    from pinpoint_edge.bench.latency import FIRST_QUESTION
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.runtime.bundle_source import BundleSource
    from pinpoint_quantization.calibration.calibration_set import CalibrationSet

    bundle, stage = Path(request["bundle"]), request["stage"]
    runtime, threads = request["runtime"], request["threads"]
    if stage == WHOLE:
        with PinPoint.load(bundle, runtime=runtime, threads=threads) as reader:
            reader.open(request["page"]).ask(FIRST_QUESTION)
        return
    feeds = CalibrationSet.load(Path(request["feeds"])).feeds.get(stage, ())
    opened = Bundle.open(bundle)
    source = BundleSource(opened, None, threads, runtime)
    if stage != "decode":
        session = source.session(stage)
        for fed in feeds:
            session.run(fed)
        return
    cache = source.kv_cache(opened.manifest.kv.capacity)
    for fed in feeds:
        cache.truncate(0)
        cache.run(fed["ids"][:-1], fed["visual"])


if __name__ == "__main__":
    from pinpoint_edge.bench.memory import peak_rss

    run(json.loads(sys.argv[1]))
    print(json.dumps({"peak": peak_rss()}))
