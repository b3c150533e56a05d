"""Small data sets in the exact layout of the official ones, with drawn pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ..annotating.sample_ocr import Word, chart, microsoft, textract

SIZE = (400, 300)
LINES: list[list[Word]] = [
    [("Corner", (20, 20, 90, 40)), ("Bakery", (100, 20, 170, 40))],
    [("Date:", (20, 70, 70, 90)), ("14/03/2019", (90, 70, 190, 90))],
    [("Total:", (20, 120, 80, 140)), ("48.75", (100, 120, 150, 140))],
]


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def draw(path: Path, lines: Sequence[Sequence[Word]] = LINES, size: tuple[int, int] = SIZE) -> Path:
    """A page with words in their boxes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for text, (x0, y0, _, _) in (word for line in lines for word in line):
        pen.text((x0, y0), text, fill="black", font=ImageFont.load_default(16))
    image.save(path)
    return path


def question(number: int, text: str, answers: list[str], **more: Any) -> dict[str, Any]:
    return {"questionId": number, "question": text, "answers": answers, "data_split": "val"} | more


def docvqa(folder: Path) -> Path:
    """spdocvqa_qas, spdocvqa_images and spdocvqa_ocr, as the three archives unpack."""
    draw(folder / "spdocvqa_images/xnbl0037_1.png")
    lines = [microsoft(line, SIZE)["recognitionResults"][0]["lines"][0] for line in LINES]
    page = {"page": 1, "clockwiseOrientation": 0, "width": 400, "height": 300, "unit": "pixel"}
    ocr = {"status": "Succeeded", "recognitionResults": [page | {"lines": lines}]}
    write(folder / "spdocvqa_ocr/xnbl0037_1.json", ocr)
    common = {
        "question_types": ["form"], "image": "documents/xnbl0037_1.png", "docId": 279,
        "ucsf_document_id": "xnbl0037", "ucsf_document_page_no": "1",
    }  # fmt: skip
    records = [
        question(1, "What is the total?", ["48.75", "$48.75"], **common),
        question(2, "What is the colour of the bread?", ["brown"], **common),
        question(3, "Where is it?", ["here"], **common | {"image": "documents/gone_1.png"}),
        question(4, "  ", ["x"], **common),
        {"questionId": 5, "question": "And?"},
    ]
    head = {"dataset_name": "docvqa", "dataset_version": "1.0", "dataset_split": "val"}
    write(folder / "spdocvqa_qas/val_v1.0_withQT.json", head | {"data": records})
    tests = [{k: v for k, v in records[0].items() if k != "answers"}]
    write(folder / "spdocvqa_qas/test_v1.0.json", head | {"data": tests})
    return folder


def mp_docvqa(folder: Path) -> Path:
    """qas, images and ocr of a document of which three pages belong to the questions."""
    for page in (3, 4, 5):
        draw(folder / f"images/snbx0223_p{page}.jpg", LINES if page == 4 else LINES[:1])
        lines = LINES if page == 4 else LINES[:1]
        write(folder / f"ocr/snbx0223_p{page}.json", textract(lines, SIZE))
    pages = [f"snbx0223_p{page}" for page in (3, 4, 5)]
    record = question(7, "What is the total?", ["48.75"], page_ids=pages, answer_page_idx=1)
    wrong = record | {"questionId": 8, "answer_page_idx": 9}
    write(folder / "qas/val.json", {"data": [record | {"doc_id": "snbx0223"}, wrong]})
    return folder


def infographicvqa(folder: Path) -> Path:
    """infographicsvqa_qas, infographicsvqa_images and infographicsvqa_ocr."""
    draw(folder / "infographicsvqa_images/20471.jpeg")
    write(folder / "infographicsvqa_ocr/20471.json", textract(LINES, SIZE))
    record = question(
        65718, "What is the total?", ["48.75"], image_local_name="20471.jpeg",
        image_url="https://example.org/a.jpg", ocr_output_file="20471.json",
        answer_type=["single span"], **{"operation/reasoning": []},
    )  # fmt: skip
    bare = record | {"questionId": 65719, "ocr_output_file": "gone.json"}
    path = folder / "infographicsvqa_qas/infographicsVQA_val_v1.0_withQT.json"
    write(path, {"dataset_split": "val", "data": [record, bare]})
    return folder


def chartqa(folder: Path) -> Path:
    """ChartQA Dataset/val with questions, png, annotations and tables."""
    part = folder / "ChartQA Dataset/val"
    draw(part / "png/41699051005347.png", [], (300, 200))
    write(part / "annotations/41699051005347.json", chart())
    write(part / "tables/41699051005347.csv", "Year,Online\n2019,41.5\n2020,63\n")
    image = {"imgname": "41699051005347.png"}
    human = [
        image | {"query": "What were the online sales in 2019?", "label": "41.5"},
        image | {"query": "Did online sales grow?", "label": "Yes"},
        image | {"query": "How much?", "label": ""},
    ]
    write(part / "val_human.json", human)
    made = [image | {"query": "In which year were sales 63?", "label": "2020"}]
    write(part / "val_augmented.json", made)
    return folder


def funsd(folder: Path) -> Path:
    """dataset/training_data with annotations and images."""
    part = folder / "dataset/training_data"

    def entity(number: int, text: str, box: list[int], label: str, *links: list[int]) -> Any:
        words = [{"text": text, "box": box}]
        return {
            "box": box, "text": text, "label": label, "words": words,
            "linking": list(links), "id": number,
        }  # fmt: skip

    draw(part / "images/0000971160.png")
    form = [
        entity(0, "Corner Bakery", [20, 20, 170, 40], "header", [0, 1]),
        entity(1, "Date:", [20, 70, 70, 90], "question", [0, 1], [1, 2]),
        entity(2, "14/03/2019", [90, 70, 190, 90], "answer", [1, 2]),
        entity(3, "To:", [20, 120, 80, 140], "question", [3, 5], [3, 4]),
        entity(4, "Ann", [100, 120, 150, 140], "answer", [3, 4]),
        entity(5, "Bert", [100, 150, 150, 170], "answer", [3, 5]),
        entity(6, "Fax", [20, 200, 80, 220], "question"),
        entity(7, "Tel", [20, 240, 80, 260], "question", [7, 8]),
        entity(8, "", [100, 240, 150, 260], "answer", [7, 8]),
    ]
    write(part / "annotations/0000971160.json", {"form": form})
    write(part / "annotations/0000999999.json", '{"form": [')
    return folder


def sroie(folder: Path, layout: str) -> Path:
    """The competition's folders ("official"), or img, box and entities or key."""
    folders = {
        "official": ("0325updated.task1train(626p)",) * 2 + ("0325updated.task2train(626p)",),
        "entities": ("SROIE2019/train/img", "SROIE2019/train/box", "SROIE2019/train/entities"),
        "key": ("img", "box", "key"),
    }
    images, boxes, values = (folder / name for name in folders[layout])
    draw(images / "X51005255805.jpg")
    lines = [
        ",".join(str(round(v)) for v in (x0, y0, x1, y0, x1, y1, x0, y1)) + f",{text}"
        for line in LINES
        for text, (x0, y0, x1, y1) in [
            (" ".join(w for w, _ in line), (20, line[0][1][1], line[-1][1][2], line[0][1][3]))
        ]
    ]
    write(boxes / "X51005255805.txt", "\r\n".join(lines) + "\r\n")
    key = {"company": "CORNER BAKERY", "date": "14/03/2019", "address": "", "total": "48.75"}
    suffix = "json" if layout == "key" else "txt"
    write(values / f"X51005255805.{suffix}", json.dumps(key, indent=4))
    write(values / f"X51005255806.{suffix}", "{")
    write(values / f"X51005255807.{suffix}", key)
    return folder
