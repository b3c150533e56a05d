"""The `pinpoint-data` command line: annotations looked at, checked, converted, proposed, made."""

from __future__ import annotations

from pinpoint_edge.commands.group import CommandGroup, entry_point

cli = CommandGroup(
    "pinpoint-data",
    "pinpoint_data.commands",
    {
        "preview": "Draw pages with their boxes and questions on one contact sheet.",
        "validate": "Find all faults of an annotation file.",
        "import": "Convert an official data set.",
        "annotate": "Propose boxes for questions and answers.",
        "template": "Annotate a form once, and all its scans by it.",
        "generate": "Write synthetic pages and their questions.",
        "whole": "Ask whole PDFs the questions about their single pages.",
    },
    help="""Look at annotated pages, check them, and make annotations of documents.

    docs/annotations.md describes the format.
    """,
    epilog="Example: pinpoint-data validate receipts/qa.jsonl",
)

main = entry_point(cli)

if __name__ == "__main__":
    main()
