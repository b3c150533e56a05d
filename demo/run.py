"""Ask real documents the demo questions: `make demo`.

Prints question, answer and gold, and writes a picture of each answer to out/demo/.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from pinpoint_edge import PinPoint, draw

HERE = Path(__file__).parent
OUT = Path("out/demo")
WIDTH = 80  # columns of a terminal


def letters(text: str) -> str:
    """Letters and digits alone: a comma read as a point is no wrong answer, a digit is."""
    return "".join(character for character in text.casefold() if character.isalnum())


def main(bundle: str) -> None:
    records = [json.loads(line) for line in (HERE / "questions.jsonl").read_text().splitlines()]
    by_image: dict[str, list[dict[str, object]]] = {}
    for record in records:
        by_image.setdefault(str(record["image"]), []).append(record)
    OUT.mkdir(parents=True, exist_ok=True)
    table = Table("question", "answer", "", "tokens", "ms", box=box.SIMPLE_HEAD, pad_edge=False)
    for column, justify in ((3, "right"), (4, "right")):
        table.columns[column].justify = justify  # type: ignore[assignment]
        table.columns[column].no_wrap = True
    right = 0
    with PinPoint.load(bundle) as reader:
        for image, questions in by_image.items():
            document = reader.open(HERE / image)
            table.add_section()
            table.add_row(f"[bold]{Path(image).stem[:22]}[/bold]")
            for record in questions:
                question = str(record["question"])
                start = time.perf_counter()
                answer = document.ask(question)
                spent = (time.perf_counter() - start) * 1e3
                gold: list[str] = record["answers"]  # type: ignore[assignment]
                good = letters(answer.text or "") in [letters(text) for text in gold]
                right += good
                text = answer.text or "not found"
                table.add_row(
                    question,
                    text if good else f"{text}\ngold: {gold[0]}",
                    "ok" if good else "-",
                    f"{answer.tokens.evidence} ({answer.tokens.share:.0%})",
                    f"{spent:.0f}",
                )
                picture = draw(document.pages[0].page, answer, question)
                picture.save(OUT / f"{record['id']}.png")
    Console(width=WIDTH).print(table)
    print(f"{right} of {len(records)} right to the letter and digit; pictures in {OUT}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "bundles/forms-onnx-int4")
