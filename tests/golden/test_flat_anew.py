"""The golden vectors of turned, bent and long pages, computed anew from docs/bundle.md.

Nothing of the package is imported, and other libraries do the work where they can: SciPy labels the
components, NumPy fits lines and fields.
"""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

FOLDER = Path(__file__).parent
BEND, TURN, PARTS = (
    json.loads((FOLDER / name / "cases.json").read_text(encoding="utf-8"))
    for name in ("bend", "turn", "parts")
)


def raw(name, shape):
    return np.fromfile(FOLDER / "bend" / name, np.uint8).reshape(shape)


@pytest.mark.parametrize("case", PARTS["pages"], ids=lambda case: str(case["page"]))
def test_parts_of_a_long_page(case):
    """Section 3b."""
    height, width = case["page"]
    length, other = (960, 480) if height > width else (960, 736)
    long, short = max(height, width), min(height, width)
    scale = min(other / short, (length + 15 * (length - 128)) / long, 1.5)
    whole = max(length, math.floor(long * scale + 0.5))
    whole += whole % 2
    assert case["scale"] == pytest.approx(scale, rel=1e-12)
    assert case["canvas"] == ([whole, other] if height > width else [other, whole])
    n = max(math.ceil((whole - 128) / (length - 128)), 1)
    starts = [2 * math.floor(k * (whole - length) / (2 * max(n - 1, 1))) for k in range(n)]
    meet = [2 * math.floor((starts[k + 1] + starts[k] + length) / 4) for k in range(n - 1)]
    edges = [0, *meet, whole]
    assert case["spans"] == [[starts[k], edges[k], edges[k + 1]] for k in range(n)]
    assert all(s <= a and b <= s + length for s, a, b in case["spans"])


@pytest.mark.parametrize("case", PARTS["long"], ids=lambda case: str(case["page"]))
def test_a_page_is_long(case):
    height, width = case["page"]
    assert case["long"] == (height / width > 4.5 or width / height > 4.5)


def size_of(quad):
    (x0, y0), (x1, y1), _, (x3, y3) = quad
    return math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0)


def runs_down(quad):
    (x0, y0), (x1, y1) = quad[:2]
    return abs(y1 - y0) > abs(x1 - x0)


def gain(case, lines):
    """Section 4c: of the lines with these numbers."""
    ratio = {n: size_of(case["quads"][n])[0] / size_of(case["quads"][n])[1] for n in lines}
    short = [n for n in lines if ratio[n] <= 12] or lines
    chosen = sorted(short, key=lambda n: -ratio[n])[:8]

    def certainty(sure, counts):
        total = sum(case[sure][n] * case[counts][n] for n in chosen)
        return total / sum(case[counts][n] for n in chosen)

    turned = certainty("turned_sure", "turned_characters")
    return turned - certainty("sure", "characters")


@pytest.mark.parametrize("case", TURN["pages"], ids=lambda case: case["name"])
def test_which_way_is_up(case):
    """Section 4c."""
    sizes = [size_of(quad) for quad in case["quads"]]
    lines = [n for n, (width, height) in enumerate(sizes) if width > 2 * height]
    down = [n for n in lines if runs_down(case["quads"][n])]
    across = sum(sizes[n][0] for n in lines) - sum(sizes[n][0] for n in down)
    quarters = 0
    if sum(sizes[n][0] for n in down) > across:
        quarters = 3 if gain(case, down) >= 0.1 else 1 if gain(case, down) <= -0.1 else 0
    assert case["quarters"] == quarters

    count = mixed = 0
    for text in case["readings"]:
        for one, two in pairwise(text):
            if (one + two).isalnum():
                count += 1
                mixed += one.isdigit() != two.isdigit()
    assert case["upside_down"] == (mixed / count >= 0.12 and gain(case, lines) >= 0.1)

    single = []
    for n, quad in enumerate(case["quads"]):
        better = case["turned_sure"][n] - case["sure"][n] >= 0.1
        long = sizes[n][0] > 3 * sizes[n][1]
        single.append(quad[2:] + quad[:2] if runs_down(quad) and long and better else quad)
    assert case["single_lines"] == single


def pieces_of(text):
    """Section 4d.1: x, y, slope, weight, length and thickness of each."""
    plane = text.astype(np.float32) / np.float32(255)
    labels, count = ndimage.label(plane > np.float32(0.3), np.ones((3, 3)))
    found = []
    for label in range(1, count + 1):
        ys, xs = np.nonzero(labels == label)
        if plane[ys, xs].mean(dtype=np.float64) < 0.5:
            continue
        w, p = int(xs.max() - xs.min() + 1), len(xs)
        if w < 3 * p / w:
            continue
        k = max(w * w // (8 * p), 1)
        number = (xs - xs.min()) * k // w
        for n in range(k):
            x, y = xs[number == n], ys[number == n]
            if len(set(x.tolist())) > 1:
                slope = np.polyfit(x, y, 1)[0]
                length, thick = w / k, p / w
                weight = (length / thick) ** 2
                found.append((x.mean() + 0.5, y.mean() + 0.5, slope, weight, length, thick))
    return found


def ink_slope(grey, x, y, slope, length, thick):
    """Section 4d.4."""
    half, reach = length / 2 + thick / 2, math.trunc(1.1 * thick) + 1
    height, width = grey.shape
    columns = range(max(math.trunc(x - half), 0), min(math.trunc(x + half) + 1, width))
    sharp = []
    for k in range(-10, 11):
        rows = [math.floor((slope + k / 80) * (c + 0.5 - x) + y) for c in columns]
        profile = [
            sum(
                int(grey[min(max(r + d, 0), height - 1), c])
                for r, c in zip(rows, columns, strict=True)
            )
            for d in range(-reach, reach + 1)
        ]
        sharp.append(sum((b - a) ** 2 for a, b in pairwise(profile)))
    best = sharp.index(max(sharp))
    found = slope + (best - 10) / 80
    if 0 < best < 20:
        b, a, e = sharp[best - 1 : best + 2]
        if b - 2 * a + e < 0:
            found += (b - e) / (2 * (b - 2 * a + e)) / 80
    return found


def shares(x, y, width, rows):
    """Bilinear shares of the nodes at a place, as a row of the design matrix."""
    c = min(max(x / width * 6, 0), 6)
    r = min(max(y / 32, 0), rows - 1)
    i, j = min(int(c), 5), min(int(r), rows - 2)
    line = np.zeros(rows * 7)
    for dj, share_down in ((0, 1 - (r - j)), (1, r - j)):
        for di, share_across in ((0, 1 - (c - i)), (1, c - i)):
            line[(j + dj) * 7 + i + di] = share_down * share_across
    return line


def field_of(pieces, slopes, size):
    """Section 4d.2, as one least-squares problem a round."""
    width, height = size
    rows = max(math.ceil(height / 32), 1) + 1
    count = rows * 7
    weights = np.array([piece[3] for piece in pieces])
    order = np.argsort(slopes, kind="stable")
    half = np.cumsum(weights[order]) >= weights.sum() / 2
    usual = np.asarray(slopes)[order][np.argmax(half)]
    design = np.array([shares(piece[0], piece[1], width, rows) for piece in pieces])

    def differences(step, kept):
        lines = []
        for node in range(count - step):
            if kept(node):
                line = np.zeros(count)
                line[node], line[node + step] = -1, 1
                lines.append(line)
        return np.array(lines)

    across, down = differences(1, lambda node: node % 7 < 6), differences(7, lambda node: True)
    own, ties = weights.copy(), np.full(len(down), 50.0)
    nodes = None
    for number in range(4):
        if number:
            own = weights / (1 + ((design @ nodes - slopes) / 0.05) ** 2)
            ties = 50 / (1 + ((down @ nodes) / 0.012) ** 2)
        matrix = np.concatenate(
            [
                design * np.sqrt(own)[:, None],
                across * math.sqrt(0.2),
                down * np.sqrt(ties)[:, None],
                np.eye(count) * math.sqrt(1e-3),
            ]
        )
        wanted = np.concatenate(
            [
                slopes * np.sqrt(own),
                np.zeros(len(across) + len(down)),
                np.full(count, usual * math.sqrt(1e-3)),
            ]
        )
        nodes = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    return nodes.reshape(rows, 7)


def traced(field, width, x, y, stop):
    """Section 4d.5."""
    step = (stop - x) / 32
    flat = field.ravel()
    for _ in range(32):
        half = y + flat @ shares(x, y, width, len(field)) * step / 2
        y += flat @ shares(x + step / 2, half, width, len(field)) * step
        x += step
    return y


@pytest.mark.parametrize("case", BEND["pages"], ids=lambda case: case["name"])
def test_a_bent_page(case):
    """Section 4d, from the text map to the grid."""
    text, grey = (raw(f"{case['name']}.{kind}.bin", case["shape"]) for kind in ("map", "grey"))
    pieces = pieces_of(text)
    assert np.array(pieces)[:, :4] == pytest.approx(np.array(case["pieces"]), abs=2e-6)
    ink = np.array([ink_slope(grey, *piece[:3], *piece[4:]) for piece in pieces])
    assert ink == pytest.approx(np.array(case["ink"]), abs=2e-6)
    width, height = case["size"]
    field = field_of(pieces, ink, case["size"])
    assert field == pytest.approx(np.array(case["field"]), abs=2e-6)

    level = field.mean() if abs(field.mean()) >= 0.0175 else 0.0
    middle, tall, scale = width / 2, case["tall"], case["scale"]
    flat = [traced(field, width, x, y, middle) + level * (x - middle) for x, y, *_ in pieces]
    moved = sorted(piece[1] - v for piece, v in zip(pieces, flat, strict=True))
    if case["bend"] is None:
        fitted = np.array([field.ravel() @ shares(*p[:2], width, len(field)) for p in pieces])
        weights = np.array([piece[3] for piece in pieces])
        bent = math.sqrt((weights * (fitted - level) ** 2).sum() / weights.sum())
        assert bent * middle < 0.2 * tall or moved[-1] - moved[0] < 0.25 * tall
        return
    assert moved[-1] - moved[0] >= 0.25 * tall
    top, foot = min(0, min(flat) - 2 * tall), max(height, max(flat) + 2 * tall)
    page_width, page_height = case["page"][1], math.floor((foot - top) / scale + 0.5)
    assert case["bend"]["size"] == [page_width, page_height]
    nodes = np.array(case["bend"]["nodes"])
    assert nodes.shape == (page_height // 32 + 2, page_width // 32 + 2)
    for j, i in np.ndindex(nodes.shape):
        u, v = 32 * i * scale, 32 * j * scale + top
        place = traced(field, width, middle, v - level * (u - middle), u)
        assert abs(nodes[j, i] - 256 * place / scale) <= 0.51  # the rounding, and the last digits


@pytest.mark.parametrize(
    "case", [case for case in BEND["pages"] if case["bend"]], ids=lambda case: case["name"]
)
def test_pixels_and_points_of_a_flat_page(case):
    """Section 4d.7, and the way back."""
    page = raw(f"{case['name']}.page.bin", case["page"]).astype(int)
    width, height = case["bend"]["size"]
    flat = raw(f"{case['name']}.flat.bin", (height, width, 1))
    nodes = case["bend"]["nodes"]
    last = len(page) - 1
    for y in range(0, height, 3):
        for x in range(0, width, 5):
            i, j, f, g = x // 32, y // 32, 2 * (x % 32) + 1, 2 * (y % 32) + 1
            place = (nodes[j][i] * (64 - f) + nodes[j][i + 1] * f) * (64 - g)
            place += (nodes[j + 1][i] * (64 - f) + nodes[j + 1][i + 1] * f) * g
            place -= 2**19
            row, w = place >> 20, (place >> 12) & 255
            above, below = (page[min(max(r, 0), last), x, 0] for r in (row, row + 1))
            assert flat[y, x, 0] == (above * (256 - w) + below * w + 128) >> 8
    for (x, y), bent in zip(case["points"], case["bent_points"], strict=True):
        assert bent == pytest.approx([x, grid_at(nodes, x, y)], abs=1e-3)


def grid_at(nodes, x, y):
    """The place in its column, in pixels, of a point of the flat page."""
    i, j = min(int(x / 32), len(nodes[0]) - 2), min(int(y / 32), len(nodes) - 2)
    f, g = x / 32 - i, y / 32 - j
    upper = nodes[j][i] * (1 - f) + nodes[j][i + 1] * f
    lower = nodes[j + 1][i] * (1 - f) + nodes[j + 1][i + 1] * f
    return (upper * (1 - g) + lower * g) / 256


def test_a_bend_through_another():
    """Section 4d.8."""
    by_name = {case["name"]: case["bend"] for case in BEND["pages"]}
    twice = BEND["twice"]
    first, second = (np.array(by_name[twice[name]]["nodes"]) for name in ("first", "second"))
    for j, i in np.ndindex(second.shape):
        between = second[j, i] / 256
        rows = first.astype(float)
        row = min(max(math.floor(between / 32), 0), len(rows) - 2)
        column = min(i, rows.shape[1] - 1)
        part = between / 32 - row
        place = rows[row, column] * (1 - part) + rows[row + 1, column] * part
        if i < rows.shape[1]:
            assert twice["nodes"][j][i] == math.floor(place + 0.5)
