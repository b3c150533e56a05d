"""Sets a described page as a flat picture and keeps the boxes of every marked text.

A description is lines of a small language: `README.md` beside this file has it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .flat_page import TICKS, Box, FlatPage, Style, Word, union, words_of


class Typesetter:
    """Draws the lines of a description from top to bottom."""

    def __init__(self, page: dict[str, Any], rng: np.random.Generator) -> None:
        self.rng = rng
        self.width = int(page.get("width", 1240))
        self.margin = float(page.get("margin", 80 if self.width > 900 else 36))
        self.least = self.width * 2**0.5 if page.get("sheet") == "a4" else 0.0
        self.page = FlatPage(Image.new("RGB", (self.width, 4200), page.get("paper", "#fbfaf6")))
        self.draw = ImageDraw.Draw(self.page.image)
        self.style = Style(page.get("font", "sans"), page.get("size", 22))
        self.set: dict[str, str] = {"vfont": self.style.family, "vcol": "#1c1c20", "tick": "cross"}
        self.set |= {"kvw": ".34", "sep": ":", "rule": "#55565c", "min": "1", "lab": ".68"}
        self.set |= {key: str(value) for key, value in page.get("set", {}).items()}
        self.table: tuple[list[float], str, str] = ([], "", "")
        self.stamps: list[str] = []
        self.line_count = 0

    def run(self, body: str) -> FlatPage:
        """Draw a description; the page ends below its last line, or as A4 does."""
        rows = [line.strip() for line in body.strip().splitlines()]
        y = self.block(rows, self.margin, self.width - self.margin, self.margin)
        for stamp in self.stamps:
            self.stamp(stamp)
        bottom = max(y + self.margin, self.least)
        self.page.image = self.page.image.crop((0, 0, self.width, int(bottom)))
        return self.page

    def block(self, rows: list[str], x0: float, x1: float, y: float) -> float:
        """Draw lines between x0 and x1 from y on; return where they end."""
        at = 0
        while at < len(rows):
            command, _, rest = rows[at].partition(" ")
            at += 1
            if command == "two":
                end, middle = rows.index("end", at), rows.index("--", at)
                cut = x0 + float(rest) * (x1 - x0)
                left = self.block(rows[at:middle], x0, cut - 12, y)
                y = max(left, self.block(rows[middle + 1 : end], cut + 12, x1, y))
                at = end + 1
            elif command == "set":
                self.set |= dict(item.split("=") for item in rest.split())
            elif command == "stamp":
                self.stamps.append(rest)
            elif command:
                y = getattr(self, f"do_{command}")(rest, x0, x1, y)
        return y

    def write(
        self, text: str, x0: float, x1: float, y: float, style: Style, align: str = "l"
    ) -> float:
        """Set a text wrapped between x0 and x1; return the bottom of its last line."""
        font, gap = style.font(), 0.28 * style.size
        line: list[tuple[Word, float]] = []
        x, height = 0.0, 1.34 * style.size
        for word in words_of(text):
            long = style.size if word.text in TICKS else font.getlength(word.text)
            space = gap if word.space and line else 0.0
            space *= 3 if word.text in TICKS else 1
            if word.new_line or (line and x + space + long > x1 - x0 and word.space):
                self._line(line, x, x0, x1, y, style, font, align)
                y, line, x, space = y + height, [], 0.0, 0.0
                if word.new_line and word.key:
                    self.page.broken.add(word.key)
            line.append((word, x + space))
            x += space + long
        self._line(line, x, x0, x1, y, style, font, align)
        return y + height

    def _line(
        self,
        line: list[tuple[Word, float]],
        width: float,
        x0: float,
        x1: float,
        y: float,
        style: Style,
        font: ImageFont.FreeTypeFont,
        align: str,
    ) -> None:
        shift = {"l": 0.0, "c": (x1 - x0 - width) / 2, "r": x1 - x0 - width}[align]
        base = y + style.size
        held: dict[str, tuple[list[str], list[Box]]] = {}
        said, places = "", []
        for word, x in line:
            left = x0 + shift + x
            if word.text in TICKS:
                box = self._tick(left, base, style.size, TICKS[word.text])
            else:
                self.draw.text((left, base), word.text, style.colour, font, anchor="ls")
                box = self.draw.textbbox((left, base), word.text, font, anchor="ls")
                said += " " * word.space + word.text
                places.append(box)
            if word.key:
                texts, boxes = held.setdefault(word.key, ([], []))
                texts.append(" " * (word.space and bool(texts)) + word.text)
                boxes.append(box)
        for key, (texts, boxes) in held.items():
            self.page.texts.setdefault(key, []).append("".join(texts))
            self.page.boxes.setdefault(key, []).append(union(boxes))
        if said.strip():
            self.page.lines.append((union(places), said.strip()))

    def _tick(self, left: float, base: float, size: float, ticked: bool) -> Box:
        side = 0.82 * size
        box = (left, base - side, left + side, base)
        self.draw.rectangle(box, None, "#303036", 2)
        a, b, c, d = left + 3, base - side + 3, left + side - 3, base - 3
        ink = self.set["vcol"]
        if not ticked:
            return box
        if self.set["tick"] == "cross":
            self.draw.line((a, b, c, d), ink, 3)
            self.draw.line((a, d, c, b), ink, 3)
        elif self.set["tick"] == "check":
            middle = (left + 0.4 * side, base - 1)
            self.draw.line(((a, base - 0.5 * side), middle, (c + 6, b - 6)), ink, 3)
        else:
            self.draw.rectangle((a + 1, b + 1, c - 1, d - 1), ink)
        return box

    def do_h1(self, text: str, x0: float, x1: float, y: float) -> float:
        style = replace(self.style, size=1.7 * self.style.size, bold=True)
        return self.write(text, x0, x1, y, style) + 6

    def do_h2(self, text: str, x0: float, x1: float, y: float) -> float:
        style = replace(self.style, size=1.15 * self.style.size, bold=True)
        return self.write(text, x0, x1, y + 6, style) + 4

    def do_p(self, text: str, x0: float, x1: float, y: float) -> float:
        return self.write(text, x0, x1, y, self.style) + 4

    def do_c(self, text: str, x0: float, x1: float, y: float) -> float:
        return self.write(text, x0, x1, y, self.style, "c")

    def do_cb(self, text: str, x0: float, x1: float, y: float) -> float:
        style = replace(self.style, size=1.3 * self.style.size, bold=True)
        return self.write(text, x0, x1, y, style, "c")

    def do_r(self, text: str, x0: float, x1: float, y: float) -> float:
        return self.write(text, x0, x1, y, self.style, "r")

    def do_s(self, text: str, x0: float, x1: float, y: float) -> float:
        return self.write(text, x0, x1, y, replace(self.style, size=0.76 * self.style.size)) + 3

    def do_sp(self, text: str, x0: float, x1: float, y: float) -> float:
        return y + float(text or 16)

    def do_hr(self, text: str, x0: float, x1: float, y: float) -> float:
        if text == "dots":
            for x in np.arange(x0, x1, 9):
                self.draw.line((x, y + 8, x + 4, y + 8), self.set["rule"], 2)
        else:
            self.draw.line((x0, y + 8, x1, y + 8), self.set["rule"], int(text or 2))
        return y + 18

    def value_style(self) -> Style:
        return replace(self.style, family=self.set["vfont"], colour=self.set["vcol"])

    def do_kv(self, text: str, x0: float, x1: float, y: float) -> float:
        label, _, value = text.partition("::")
        cut = x0 + float(self.set["kvw"]) * (x1 - x0)
        style = replace(self.style, bold=self.set.get("bold") == "1")
        text = label.strip()
        bottom = self.write(text + self.set["sep"].replace("none", ""), x0, cut - 8, y, style)
        align = self.set.get("kva", "l")
        return max(bottom, self.write(value.strip(), cut, x1, y, self.value_style(), align))

    def do_grid(self, text: str, x0: float, x1: float, y: float) -> float:
        widths, _, cells = text.partition(" ")
        small = replace(self.style, size=float(self.set["lab"]) * self.style.size)
        edges = self._edges(widths, x0, x1)
        bottoms = [y + float(self.set["min"]) * 1.34 * self.style.size + 1.34 * small.size + 8]
        for cell, left, right in zip(cells.split("|"), edges, edges[1:], strict=False):
            label, _, value = cell.partition("::")
            if self.set.get("under") == "1":
                middle = self.write(value.strip(), left + 9, right - 6, y + 4, self.value_style())
                bottoms.append(self.write(label.strip(), left + 9, right - 6, middle, small) + 4)
            else:
                middle = self.write(label.strip(), left + 7, right - 4, y + 3, small)
                low = self.write(value.strip(), left + 14, right - 6, middle, self.value_style())
                bottoms.append(low + 5)
        for left, right in pairwise(edges):
            self.draw.rectangle((left, y, right, max(bottoms)), None, self.set["rule"], 2)
        return max(bottoms)

    def do_tab(self, text: str, x0: float, x1: float, y: float) -> float:
        widths, align, rules = text.split()
        self.table = ([float(width) for width in widths.split(";")], align, rules)
        self.line_count = 0
        return y + 6

    def do_th(self, text: str, x0: float, x1: float, y: float) -> float:
        return self._row(text, x0, x1, y, replace(self.style, bold=True), True)

    def do_tr(self, text: str, x0: float, x1: float, y: float) -> float:
        return self._row(text, x0, x1, y, self.value_style(), False)

    def _row(self, text: str, x0: float, x1: float, y: float, style: Style, head: bool) -> float:
        widths, aligns, rules = self.table
        edges = self._edges(";".join(map(str, widths)), x0, x1)
        pad = 7 if rules in ("full", "zebra") else 3
        self.line_count += 1
        if (rules == "zebra" and self.line_count % 2) or (head and rules == "full"):
            tint = "#e4e7ee" if head else "#f0f0ea"
            high = 1.34 * style.size * (1 + max(c.count("//") for c in text.split("|")))
            self.draw.rectangle((x0, y, x1, y + high + 2 * pad), tint)
        bottom = y
        for cell, left, right, align in zip(
            text.split("|"), edges, edges[1:], aligns, strict=False
        ):
            low = self.write(cell.strip(), left + 8, right - 8, y + pad, style, align)
            bottom = max(bottom, low + pad)
        if rules == "full":
            for left, right in pairwise(edges):
                self.draw.rectangle((left, y, right, bottom), None, self.set["rule"], 2)
        elif rules == "h" or (rules == "head" and head):
            self.draw.line((x0, bottom, x1, bottom), self.set["rule"], 2)
        return bottom

    def _edges(self, widths: str, x0: float, x1: float) -> list[float]:
        parts = np.cumsum([0.0, *(float(width) for width in widths.split(";"))])
        return [float(x0 + part * (x1 - x0)) for part in parts / parts[-1]]

    def do_sig(self, text: str, x0: float, x1: float, y: float) -> float:
        """A scribble; its text is its key, when it has one."""
        steps = np.linspace(0, 1, 60)
        waves = self.rng.uniform(0.5, 1, 3)
        wave = np.sin(19 * waves[0] * steps) * np.cos(31 * waves[1] * steps) * 16 * (1 - steps / 2)
        xs = x0 + 10 + 190 * steps + 9 * np.sin(40 * steps)
        points = list(zip(xs.tolist(), (y + 22 + wave).tolist(), strict=True))
        self.draw.line(points, "#22307a", 3)
        if text:
            self.page.boxes[text] = [union([(*p, *p) for p in points])]
        return y + 46

    def do_bar(self, text: str, x0: float, x1: float, y: float) -> float:
        x = x0 + float(text or 0) * (x1 - x0)
        for width in self.rng.integers(2, 7, 44).tolist():
            self.draw.rectangle((x, y, x + width, y + 54), "#202024")
            x += width + int(self.rng.integers(2, 6))
        return y + 64

    def stamp(self, text: str) -> None:
        """`KEY ANGLE COLOUR DX DY | text`: across the text of KEY, moved by DX and DY."""
        place, _, words = text.partition("|")
        key, angle, colour, dx, dy = place.split()
        plain = [word.text for word in words_of(words.strip())]
        marked = next((word.key for word in words_of(words.strip()) if word.key), "")
        font = replace(self.style, size=1.5 * self.style.size, bold=True).font()
        said = " ".join(plain)
        wide, high = int(font.getlength(said)) + 40, int(2.6 * self.style.size)
        layer = Image.new("L", (wide, high), 0)
        pen = ImageDraw.Draw(layer)
        pen.rounded_rectangle((3, 3, wide - 4, high - 4), 8, None, 150, 4)
        pen.text((wide / 2, high / 2), said, 165, font, anchor="mm")
        layer = layer.rotate(float(angle), Image.Resampling.BICUBIC, expand=True)
        x0, y0, x1, y1 = union(self.page.boxes[key])
        left = int((x0 + x1 - layer.width) / 2 + float(dx))
        top = int((y0 + y1 - layer.height) / 2 + float(dy))
        self.page.image.paste(Image.new("RGB", layer.size, colour), (left, top), layer)
        box = (float(left), float(top), float(left + layer.width), float(top + layer.height))
        self.page.lines.append((box, said))
        if marked:
            self.page.boxes[marked], self.page.texts[marked] = [box], [said]
