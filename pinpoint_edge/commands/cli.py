"""The `pinpoint` command line; each command lives in its own file of `pinpoint_edge/commands`.

Nothing heavy is imported here: `pinpoint --help` loads neither numpy nor a runtime.
"""

from __future__ import annotations

from pinpoint_edge.commands.group import CommandGroup, entry_point

cli = CommandGroup(
    "pinpoint",
    "pinpoint_edge.commands",
    {
        "ask": "Ask a document a question.",
        "extract": "Read many fields of a document.",
        "watch": "Ask a video or a camera a question, frame by frame.",
        "inspect": "Show the contents of a bundle.",
        "verify": "Hash every file of a bundle, and check its signature.",
        "pack": "Pack a bundle's folder into one file.",
        "unpack": "Unpack a single-file bundle into a folder.",
        "get": "Fetch a ready-made bundle from a release.",
        "doctor": "Check this machine, or whether a bundle fits it.",
        "cache": "Show or clear the cache of unpacked bundles.",
        "serve": "Serve the page for browsers and an interface for programs.",
    },
    help="""Ask a photographed form a question on the device itself.

    The answer is in the form's own words, with the boxes that it was read from.
    """,
    epilog="Example: pinpoint ask bundles/forms-onnx receipt.jpg 'What is the total?'",
)

main = entry_point(cli)

if __name__ == "__main__":
    main()
