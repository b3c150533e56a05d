"""Write what Python answers, for the tests of the hosts in TypeScript and Kotlin.

    python tests/hosts/python_answers.py BUNDLE OUT [DATA.jsonl[:PAGES] ...]

DATA are annotation files (docs/annotations.md), default the demo's; of each, PAGES pages at equal
distances and up to four questions a page. OUT becomes a folder with answers.json and each page as
PNG: decoders of JPEG differ in their last digits, and a difference between two hosts must be one of
their own steps.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from pinpoint_edge import Bundle, PinPoint

DEMO = Path(__file__).parents[2] / "demo" / "questions.jsonl"
QUESTIONS = 4


def chosen(source: str) -> dict[Path, list[str]]:
    """The questions of some pages, by image."""
    name, _, pages = source.partition(":")
    data = Path(name).resolve()
    by_image: dict[Path, list[str]] = {}
    for line in data.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_image.setdefault(data.parent / row["image"], []).append(row["question"])
    most = int(pages or len(by_image))
    images = sorted(by_image)[:: max(1, len(by_image) // most)][:most]
    return {image: by_image[image][:QUESTIONS] for image in images}


def main() -> None:
    bundle, out, *sources = sys.argv[1:]
    questions = {
        image: own for source in sources or [str(DEMO)] for image, own in chosen(source).items()
    }
    listed = json.dumps([[str(image), own] for image, own in questions.items()])
    key = [Bundle.open(bundle).digest, hashlib.sha256(listed.encode()).hexdigest()]
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    answers = folder / "answers.json"
    if answers.is_file() and json.loads(answers.read_text(encoding="utf-8"))["key"] == key:
        return  # nothing changed since
    cases: list[dict[str, Any]] = []
    times: dict[str, float] = {}
    with PinPoint.load(bundle, threads=1) as reader:
        for image, own in questions.items():
            document = reader.open(image)
            looked = document.pages[0]
            picture = f"{image.parent.parent.name}-{image.stem}.png"
            Image.fromarray(looked.page.image).save(folder / picture)
            spent = [document.timings]
            for question in own:
                answer = document.ask(question)
                spent.append(answer.timings)
                cases.append(
                    {
                        "image": str(image),
                        "picture": picture,
                        "question": question,
                        "regions": len(document.regions),
                        "turned": looked.turned,
                        "straightened": looked.straightened,
                        "answer": answer.to_json(),
                    }
                )
            for step, ms in (item for part in spent for item in part.items()):
                times[step] = times.get(step, 0.0) + ms
    beside = answers.with_suffix(".part")
    content = {"key": key, "cases": cases, "timings": times}
    beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    beside.rename(answers)
    print(", ".join(f"{step} {ms:.0f} ms" for step, ms in times.items()))


if __name__ == "__main__":
    main()
