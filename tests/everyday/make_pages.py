"""Photos of everyday pages with questions, to measure with: never to train on or to choose by.

`python -m tests.everyday.make_pages OUT` writes images, `qa.jsonl` and `lines.jsonl` into OUT, the
same bytes every time. `--only NAME` makes some pages alone. No module of the product is used, so
that nothing that pages for training are made of can reach these.
"""

from __future__ import annotations

import json
import tomllib
import zlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .flat_page import FlatPage
from .photograph import Photo, photograph
from .typeset import Typesetter

PAGES = Path(__file__).parent / "pages"
FIELDS = ("plain", "header", "cell", "under", "table", "side-by-side", "multi-line")
FIELDS += ("prose", "stamp", "tick", "empty", "absent")


def descriptions() -> Iterator[dict[str, Any]]:
    """Yield every described page, with its kind and its name."""
    for path in sorted(PAGES.glob("*.toml")):
        for page in tomllib.loads(path.read_text(encoding="utf-8"))["page"]:
            yield page | {"kind": path.stem, "name": f"{path.stem}-{page['name']}"}


def made(page: dict[str, Any]) -> tuple[FlatPage, Photo]:
    """Draw and photograph a described page; its name is the seed."""
    rng = np.random.default_rng(zlib.crc32(page["name"].encode()))
    flat = Typesetter(page, rng).run(page["body"])
    return flat, photograph(flat.image, rng, page.get("folds", ""), page.get("scale", 1.25))


def questions(page: dict[str, Any], flat: FlatPage, photo: Photo) -> Iterator[dict[str, Any]]:
    """Yield the rows of a page's questions.

    A line of `ask` is `field | question | answer | support | other spellings`: an answer is `@key`
    or a text without a place, support are keys, spellings are parted by semicolons.
    """

    def boxes(keys: list[str]) -> list[list[float]]:
        return [photo.box(box) for key in keys for box in flat.boxes[key]]

    for number, line in enumerate(page["ask"].strip().splitlines()):
        parts = [part.strip() for part in line.split("|")]
        field, question, answer, support, others = parts + [""] * (5 - len(parts))
        if field not in FIELDS:
            raise ValueError(f"{page['name']}: {field} is no kind of question: {line}")
        answers, places = [answer] if answer else [], []
        if answer.startswith("@"):
            key = answer[1:]
            texts = flat.texts[key]
            answers, places = [" ".join(texts)], boxes([key])
            if len(texts) > 1 and key in flat.broken:
                answers.append(", ".join(text.rstrip(",") for text in texts))
        answers += [other.strip() for other in others.split(";") if other.strip()]
        yield {
            "id": f"{page['name']}-{number}",
            "image": f"{page['name']}.jpg",
            "page": 0,
            "width": photo.image.width,
            "height": photo.image.height,
            "question": question,
            "answers": list(dict.fromkeys(answers)),
            "answer_boxes": places,
            "support_boxes": boxes(support.split()) + places,
            "field": field,
            "use": "measure",
        }


def main() -> None:
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", metavar="OUT", type=Path)
    parser.add_argument("--only", metavar="NAME", action="append", default=[])
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    rows, pages = [], []
    for page in descriptions():
        if chosen.only and not any(page["name"].startswith(name) for name in chosen.only):
            continue
        flat, photo = made(page)
        file = f"{page['name']}.jpg"
        quality = 62 + zlib.crc32(file.encode()) % 26
        photo.image.save(chosen.out / file, quality=quality)
        rows += list(questions(page, flat, photo))
        lines = [{"box": photo.box(box), "text": text} for box, text in flat.lines]
        pages.append({"image": file, "lines": lines})
    for name, held in (("qa.jsonl", rows), ("lines.jsonl", pages)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in held)
        (chosen.out / name).write_text(text, encoding="utf-8")
    print(f"{len(pages)} pages, {len(rows)} questions in {chosen.out}")


if __name__ == "__main__":
    main()
