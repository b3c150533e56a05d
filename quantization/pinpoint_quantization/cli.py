"""The `pinpoint-quantize` command line: calibrate, search a recipe, compare bundles."""

from __future__ import annotations

from pinpoint_edge.commands.group import CommandGroup, entry_point

cli = CommandGroup(
    "pinpoint-quantize",
    "pinpoint_quantization.commands",
    {
        "calibrate": "Make a calibration set of real pages.",
        "sensitivity": "Search a recipe that keeps the answers.",
        "report": "Compare the cost and the answers of bundles.",
    },
    help="Quantize without losing answers: score each module, choose types, ask real questions.",
    epilog="Example: pinpoint-quantize sensitivity bundles/forms-onnx --data receipts/qa.jsonl "
    "-o mine.toml --max-drop 0.5",
)

main = entry_point(cli)

if __name__ == "__main__":
    main()
