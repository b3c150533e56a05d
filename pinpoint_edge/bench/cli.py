"""The `pinpoint-bench` command line: accuracy on annotated pages, and time on this machine."""

from __future__ import annotations

from pinpoint_edge.commands.group import CommandGroup, entry_point

cli = CommandGroup(
    "pinpoint-bench",
    "pinpoint_edge.bench.commands",
    {
        "eval": "Answer annotated questions and score the answers.",
        "errors": "Count the kinds of mistakes in predictions.",
        "unanswerable": "Add questions that pages do not answer.",
        "run": "Measure a bundle on a device, all in one record.",
        "report": "Draw records as one page to look at.",
        "gate": "Fail where a record is worse than a baseline.",
        "latency": "Time one page, cold and warm, stage by stage.",
        "soak": "Ask one reader for long, and watch its memory.",
        "overhead": "Compare our sessions with the runtime called directly.",
        "profile": "Show the operators that take a stage's time.",
    },
    plugins="pinpoint_edge.bench_commands",
    help="Measure a bundle: its answers, and their time and memory on this machine.",
    epilog="Example: pinpoint-bench eval bundles/forms-onnx --data receipts/qa.jsonl --limit 100",
)

main = entry_point(cli)

if __name__ == "__main__":
    main()
