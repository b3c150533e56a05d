"""Write what Python answers, for WholeReaderTest: make_answers.py BUNDLE OUT DATA.jsonl[:PAGES] ...

DATA are annotation files (docs/annotations.md); of each, PAGES pages at equal distances and up to
four questions a page. OUT becomes a folder with answers.jsonl, and each page as PNG, so that
decoders of JPEG do not matter.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from pinpoint_edge import PinPoint

QUESTIONS = 4


def chosen(data: Path, pages: int) -> dict[Path, list[dict[str, Any]]]:
    """The questions of some pages, by image."""
    by_image: dict[Path, list[dict[str, Any]]] = {}
    for line in data.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_image.setdefault(data.parent / row["image"], []).append(row)
    images = sorted(by_image)[:: max(1, len(by_image) // pages)][:pages]
    return {image: by_image[image][:QUESTIONS] for image in images}


def main() -> None:
    bundle, out, *sources = sys.argv[1:]
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    times: dict[str, float] = {}
    with (
        PinPoint.load(bundle, threads=1) as reader,
        (folder / "answers.jsonl").open("w", encoding="utf-8") as file,
    ):
        for source in sources:
            name, _, pages = source.partition(":")
            for image, questions in chosen(Path(name), int(pages or 1_000_000)).items():
                document = reader.open(image)
                picture = f"{Path(name).parent.name}-{image.stem}.png"
                Image.fromarray(document.pages[0].page.image).save(folder / picture)
                spent = dict(document.timings)
                for row in questions:
                    answer = document.ask(row["question"])
                    for step, ms in answer.timings.items():
                        spent[step] = spent.get(step, 0.0) + ms
                    line = {
                        "image": picture,
                        "question": row["question"],
                        "answer": answer.to_json(),
                    }
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                for step, ms in spent.items():
                    times[step] = times.get(step, 0.0) + ms
    print(", ".join(f"{step} {ms:.0f} ms" for step, ms in times.items()))


if __name__ == "__main__":
    main()
