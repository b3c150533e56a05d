"""Lines of text from the OCR files that come with data sets, known by what they hold.

Read are: Microsoft's Read results (`recognitionResults`, DocVQA), Amazon Textract's blocks as they
come (`Blocks`) or grouped by type (`LINE`, `WORD`: InfographicVQA and multi-page DocVQA), the text
lines of ICDAR 2019 SROIE (`x1,y1,...,x4,y4,text`), ChartQA's elements of charts, and our own
`lines.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pinpoint_data.annotating.chart_elements import chart_elements
from pinpoint_data.annotating.text_lines import TextLine, line_of_words, union
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import Box


def read_ocr(path: Path, size: tuple[int, int]) -> list[TextLine]:
    """Return the lines of one page's OCR file; `size` is its (width, height) in pixels.

    Raises DataError for a file that is missing or of no known kind.
    """
    text = read_any(path)
    if path.suffix.lower() in (".txt", ".csv"):
        return list(_sroie(text))
    try:
        content = json.loads(text)
        return list(_json_lines(content, size))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise DataError(
            f"{path}: this is no OCR file of a known kind ({type(error).__name__}: {error}); "
            "docs/annotations.md lists them"
        ) from error


def read_line_file(path: Path) -> dict[str, list[TextLine]]:
    """Return the lines of each image of a `lines.jsonl`: {"image", "lines": [{"box", "text"}]}.

    Raises DataError with the line's number.
    """
    found: dict[str, list[TextLine]] = {}
    for number, line in enumerate(read_any(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found[str(row["image"])] = [_our_line(item) for item in row["lines"]]
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(
                f"{path}, line {number}: this is no page of lines ({error!r}); write "
                '{"image": ..., "lines": [{"box": [x0, y0, x1, y1], "text": ...}]}'
            ) from error
    return found


def read_any(path: Path) -> str:
    """Return a file's text; some sets are in Latin-1. DataError says why there is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: it cannot be read ({error.strerror}); check the path") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _json_lines(content: Any, size: tuple[int, int]) -> Iterator[TextLine]:
    if "recognitionResults" in content:
        for page in content["recognitionResults"]:
            yield from _microsoft(page, size)
    elif "Blocks" in content or "LINE" in content:
        yield from _textract(content, size)
    elif "models" in content:
        yield from chart_elements(content)
    else:
        raise KeyError(
            f"none of recognitionResults, LINE, Blocks and models among {sorted(content)}"
        )


def _microsoft(page: Mapping[str, Any], size: tuple[int, int]) -> Iterator[TextLine]:
    # Boxes are in the pixels of the image that was read, which need not be the one that lies here.
    across = size[0] / page["width"] if page.get("width") else 1.0
    down = size[1] / page["height"] if page.get("height") else 1.0

    def box(corners: list[float]) -> Box:
        return _around([x * across for x in corners[0::2]], [y * down for y in corners[1::2]])

    for line in page["lines"]:
        words = [(w["text"], box(w["boundingBox"])) for w in line.get("words", ()) if w["text"]]
        yield _line(line["text"], box(line["boundingBox"]), words)


def _textract(content: Mapping[str, Any], size: tuple[int, int]) -> Iterator[TextLine]:
    blocks = content.get("Blocks")
    kinds: dict[str, list[Any]] = {"LINE": [], "WORD": []}
    for kind in kinds:
        kinds[kind] = (
            [block for block in blocks if block["BlockType"] == kind]
            if blocks is not None
            else content.get(kind) or []
        )
    words = {w["Id"]: w for w in kinds["WORD"] if "Id" in w}
    for line in kinds["LINE"]:
        children = [
            words[name]
            for relation in line.get("Relationships") or ()
            if relation["Type"] == "CHILD"
            for name in relation["Ids"]
            if name in words
        ]
        parts = [(w["Text"], _share(w, size)) for w in children if w["Text"]]
        yield _line(line["Text"], _share(line, size), parts)


def _line(text: str, box: Box, words: list[tuple[str, Box]]) -> TextLine:
    """A line with its words' places where these are the line, letter by letter."""
    made = line_of_words(words) if words else None
    if made is None or made.text != " ".join(text.split()):
        return TextLine(text, box)
    return made


def _share(block: Mapping[str, Any], size: tuple[int, int]) -> Box:
    box = block["Geometry"]["BoundingBox"]
    x0, y0 = box["Left"] * size[0], box["Top"] * size[1]
    return x0, y0, x0 + box["Width"] * size[0], y0 + box["Height"] * size[1]


def _sroie(text: str) -> Iterator[TextLine]:
    for line in text.splitlines():
        parts = line.split(",", 8)
        if len(parts) == 9 and parts[8].strip():
            corners = [float(part) for part in parts[:8]]
            yield TextLine(parts[8].strip(), _around(corners[0::2], corners[1::2]))


def _around(xs: list[float], ys: list[float]) -> Box:
    return union([(min(xs), min(ys), max(xs), max(ys))])


def _our_line(item: Mapping[str, Any]) -> TextLine:
    x0, y0, x1, y1 = map(float, item["box"])
    spans = tuple((float(left), float(right)) for left, right in item.get("spans", ()))
    return TextLine(str(item["text"]), (x0, y0, x1, y1), spans)
