"""`pinpoint-train`: one command a trained part, and those that prepare and measure."""

from __future__ import annotations

from pinpoint_edge.commands.group import CommandGroup, entry_point

cli = CommandGroup(
    "pinpoint-train",
    "pinpoint_train.commands",
    {
        "prepare": "Read pages once for all trainings.",
        "split": "Choose the held-out documents of annotated sets.",
        "glance-lines": "Cut confidently read lines for the glance encoder.",
        "glance": "Train the glance encoder on the recogniser's transcriptions.",
        "glance-features": "Store the glance encoder's features of the corpus.",
        "aligner": "Train the aligner on questions with several boxes.",
        "llm": "Fine-tune the language model to answer from evidence.",
        "line-crops": "Cut lines with their texts for the recogniser.",
        "recogniser": "Fine-tune the recogniser on line crops.",
        "recogniser-errors": "Count the errors of recognisers by kind.",
        "calibrate": "Fit the weights of a confidence.",
    },
    plugins="pinpoint_edge.train_commands",
    help="""Train the parts of PinPoint; every run is seeded, resumable and logged.

    docs/training.md is the guide.
    """,
    epilog="Example: pinpoint-train prepare --data receipts --out corpus",
)

main = entry_point(cli)

if __name__ == "__main__":
    main()
