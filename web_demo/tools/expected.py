"""Write what Python answers to questions, and the pixels of their pages, for the tests here.

    python web_demo/tools/expected.py BUNDLE web_demo/build/expected [--data LIST.jsonl] [--limit N]

Decoders of pictures differ in their last digits from one library to another. So pages are handed
over as raw RGB, and a difference between two hosts is one of their own steps.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from pinpoint_edge import Bundle, PinPoint

DEMO = Path(__file__).parents[2] / "demo" / "questions.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=DEMO, help="annotated questions")
    parser.add_argument("--limit", type=int, help="questions at most")
    options = parser.parse_args()
    lines = options.data.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines][: options.limit]
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    answers = out / "answers.json"
    key = [
        Bundle.open(options.bundle).digest,
        hashlib.sha256(json.dumps(records).encode()).hexdigest(),
    ]
    if answers.is_file() and json.loads(answers.read_text())["key"] == key:
        return  # nothing changed since
    cases: list[dict[str, Any]] = []
    with PinPoint.load(options.bundle) as reader:
        document, opened = None, None
        for record in sorted(records, key=lambda record: str(record["image"])):
            image = (options.data.parent / record["image"]).resolve()
            if image != opened:
                document, opened = reader.open(image), image
                page = document.pages[0].page
                name = f"{hashlib.sha256(str(image).encode()).hexdigest()[:16]}.rgb"
                (out / name).write_bytes(page.image.tobytes())
            assert document is not None
            answer = document.ask(record["question"])
            cases.append(
                {
                    "image": str(image),
                    "pixels": {"file": name, "width": page.width, "height": page.height},
                    "question": record["question"],
                    "regions": len(document.regions),
                    "answer": answer.to_json(),
                }
            )
    beside = answers.with_suffix(".part")
    beside.write_text(
        json.dumps({"key": key, "cases": cases}, ensure_ascii=False), encoding="utf-8"
    )
    beside.rename(answers)


if __name__ == "__main__":
    main()
