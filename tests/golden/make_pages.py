"""Make the golden pages of tests/golden/pages: python tests/golden/make_pages.py BUNDLE

Two whole pages with everything between picture and answer, as a bundle (onnx, int4) reads them, so
that another host finds the step at which it goes astray. docs/bundle.md describes the files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge import Document, PinPoint
from pinpoint_edge.document.strategy import relevant_regions
from pinpoint_edge.engine import Engine
from pinpoint_edge.generation.generator import not_found_bias
from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.runtime.stages import Observer, Tensors
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.layout import lay_out
from pinpoint_edge.vision.layout.order import estimate_skew

FOLDER = Path(__file__).parent / "pages"
TOP = 8  # logits kept of each step
INK, BLUE, PAPER = (28, 26, 34), (24, 44, 132), (250, 247, 238)

RECEIPT = """Green Leaf Bakery|230,30,34
27 Mill Lane, Oxford|255,80,20
Tel: 01865 550 147|265,110,20
Receipt No: 00418|60,170,22
Date: 14/03/2026|420,170,22
2 x Sourdough loaf|60,250,24
9.00|600,250,24
1 x Apple pie|60,290,24
12.50|590,290,24
3 x Almond croissant|60,330,24
10.20|590,330,24
Subtotal|60,410,24
31.70|590,410,24
VAT (5%)|60,450,24
1.59|600,450,24
Total|60,510,30
33.29|572,510,30
Paid by card|60,570,22
Thank you for your visit!|240,640,22"""

FORM = """Application for Membership|60,40,34
Full name|70,120,18
Maria Lindqvist|70,148,26
Date of birth|470,120,18
02.11.1984|470,148,26
Street and number|70,218,18
8 Harbour Street|70,246,26
Postcode and town|470,218,18
24103 Kiel|470,246,26
Membership|70,330,18
Fee per year|380,330,18
Start|640,330,18
Family, two adults|70,368,24
EUR 96.00|380,368,24
01.01.2027|640,368,24
Newsletter by e-mail|110,448,22
Signature of the applicant|70,520,18"""

QUESTIONS = {
    "receipt": [
        "What is the total?",
        "What is the date on the receipt?",
        "What is the name of the patient?",
    ],
    "form": [
        "What is the full name of the applicant?",
        "What is the postcode and town?",
        "How many adults are in the family?",
    ],
}


def printed(text: str, size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A page of "text|x,y,height" lines."""
    page = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(text.splitlines()):
        words, place = line.split("|")
        x, y, height = map(int, place.split(","))
        pen.text((x, y), words, fill=BLUE if number % 5 == 2 else INK,
                 font=ImageFont.load_default(height))  # fmt: skip
    return page, pen


def receipt() -> Image.Image:
    """An upright receipt without rules."""
    return printed(RECEIPT, (740, 700))[0]


def form() -> Image.Image:
    """A form of ruled cells and a table, turned by three degrees, with a line that runs down."""
    page, pen = printed(FORM, (900, 600))
    for y in (110, 205, 300):
        pen.line((60, y, 830, y), fill=INK, width=2)
    for x in (60, 455, 830):
        pen.line((x, 110, x, 300), fill=INK, width=2)
    for y in (320, 358, 408):
        pen.line((60, y, 830, y), fill=INK, width=2)
    for x in (60, 360, 620, 830):
        pen.line((x, 320, x, 408), fill=INK, width=2)
    pen.rectangle((72, 448, 94, 470), outline=INK, width=2)
    label = Image.new("RGB", (260, 30), PAPER)
    ImageDraw.Draw(label).text((4, 2), "Form 27 B, page 1", fill=INK,
                               font=ImageFont.load_default(22))  # fmt: skip
    page.paste(label.rotate(-90, expand=True), (852, 120))
    return page.rotate(-3, Image.Resampling.BICUBIC, fillcolor=PAPER)


class Recorder(Observer):
    """Keeps what every stage took and gave."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, dict[str, NDArray[Any]], dict[str, NDArray[Any]]]] = []

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        copies = [{name: np.array(value) for name, value in side.items()}
                  for side in (inputs, outputs)]  # fmt: skip
        self.runs.append((stage, copies[0], copies[1]))

    def taken(self, stage: str) -> list[tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]]:
        """The runs of a stage."""
        return [(inputs, outputs) for name, inputs, outputs in self.runs if name == stage]


def digest(array: NDArray[Any]) -> str:
    """The sha256 of an array's bytes, little-endian, rows first."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def short(values: Any) -> Any:
    """Numbers of any nesting as the shortest decimals that give the same float32."""
    array = np.asarray(values, np.float32)
    return [short(row) for row in array] if array.ndim else float(str(array))


def crops(runs: list[tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]]) -> list[Any]:
    """The batches of a crop stage."""
    return [
        {"width": inputs["crops"].shape[3], "used": inputs["widths"].tolist(),
         "sha256": digest(inputs["crops"])}
        for inputs, _ in runs
    ]  # fmt: skip


def looked(engine: Engine, document: Document, recorder: Recorder) -> dict[str, Any]:
    """Everything up to the rough readings."""
    looked_at = document.pages[0]
    page = looked_at.page
    fitted = fit_canvas(page.image)
    found, canvas = detect(engine.stages.session("detect"), page)
    by_layout, layout = lay_out(found, canvas, (page.width, page.height), "layout")
    number_of = {id(region): number for number, region in enumerate(found)}
    by_rows, rows = lay_out(found, canvas, (page.width, page.height), "rows")
    return {
        "page": [page.width, page.height],
        "page_sha256": digest(page.image),
        "canvas": {
            "size": list(fitted.image.shape[:2]),
            "scale": fitted.scale,
            "used": list(fitted.size),
            "sha256": digest(fitted.image),
            "grey_sha256": digest(fitted.grey),
        },
        "found": [{"quad": short(r.quad), "score": short(r.score)} for r in found],
        "skew": estimate_skew(found),
        "rows": {
            "order": [number_of[id(region)] for region in by_rows],
            "rows": rows.rows,
            "geometry": short(rows.geometry),
        },
        "layout": {
            "order": [number_of[id(region)] for region in by_layout],
            "rows": layout.rows,
            "cell": layout.cell,
            "table": layout.table,
            "places": short(layout.places),
            "companions": [layout.companions(place) for place in range(len(found))],
        },
        "glance": crops(recorder.taken("glance")),
        "readings": looked_at.glance.readings,
        "costs": document.costs.tolist(),
    }


def asked(
    engine: Engine, document: Document, question: str, recorder: Recorder
) -> tuple[dict[str, Any], dict[int, NDArray[Any]]]:
    """Everything from a question to its answer; the second value: new visual tokens by region."""
    before = set(document.refined)
    recorder.runs.clear()
    answer = document.ask(question)
    (aligned, scored), *_ = recorder.taken("align")
    scores = scored["relevance"][: len(document.regions)] - scored["relevance"][-1]
    limits = engine.limits(None, None)
    retrieved = relevant_regions(document, question, limits, {})
    fresh = [index for index in document.refined if index not in before]
    decode = recorder.taken("decode")
    record = {
        "question": question,
        "content": trigrams.content(question),
        "instruction": aligned["instruction"].tolist(),
        "match": short(aligned["match"][: len(scores)]),
        "scores": short(scores),
        "null": retrieved.null,
        "relevance": short(retrieved.relevance),
        "found": retrieved.found,
        "chosen": list(retrieved.indices),
        "refined": [
            {"region": index, "text": document.refined[index].transcription.text,
             "probabilities": short(document.refined[index].transcription.probabilities),
             "spans": document.refined[index].transcription.spans}
            for index in fresh
        ],
        "refine": crops(recorder.taken("refine")),
        "bias": not_found_bias(retrieved.null or 0.0, engine.manifest.not_found),
        "decode": [
            {"position": int(inputs["position"][0]), "ids": inputs["ids"].tolist(),
             "top": top(outputs["logits"])}
            for inputs, outputs in decode
        ],
        "answer": {
            key: value
            for key, value in answer.to_json().items()
            if key not in ("timings", "value")  # values are a step of this package alone
        },
        "signals": {name: round(value, 6) for name, value in vars(answer.signals).items()},
    }  # fmt: skip
    return record, {index: document.refined[index].visual for index in fresh}


def top(logits: NDArray[np.float32]) -> list[list[float]]:
    """The best ids with their logits."""
    best = np.argsort(-logits, kind="stable")[:TOP]
    return [[int(index), round(float(logits[index]), 3)] for index in best]


def record(reader: PinPoint, name: str, picture: Image.Image) -> None:
    folder = FOLDER / name
    folder.mkdir(parents=True)
    picture.save(folder / "page.png", optimize=True)
    recorder = Recorder()
    with reader.observed(recorder):
        document = reader.open(folder / "page.png")
        golden = looked(reader.engine, document, recorder)
        text_map = recorder.taken("detect")[0][1]["text_map"][0, 0]
        Image.fromarray(np.round(text_map * 255).astype(np.uint8)).save(
            folder / "text_map.png", optimize=True
        )
        visual: dict[int, NDArray[Any]] = {}
        questions = []
        for question in QUESTIONS[name]:
            answered, fresh = asked(reader.engine, document, question, recorder)
            questions.append(answered)
            visual |= fresh
    features = document.pages[0].glance.features
    (folder / "features.bin").write_bytes(features.astype("<f2").tobytes())
    (folder / "visual.bin").write_bytes(np.stack([*visual.values()]).astype("<f2").tobytes())
    golden |= {
        "features": list(features.shape),
        "visual": list(visual),
        "questions": questions,
        "weights": dict(reader.manifest.weights),
        "recipe": reader.manifest.recipe.digest,
    }
    lines = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
             for key, value in golden.items())  # fmt: skip
    (folder / "page.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, help="an int4 bundle for ONNX Runtime")
    bundle = parser.parse_args().bundle
    shutil.rmtree(FOLDER, ignore_errors=True)
    with PinPoint.load(bundle, threads=1) as reader:
        record(reader, "receipt", receipt())
        record(reader, "form", form())


if __name__ == "__main__":
    main()
