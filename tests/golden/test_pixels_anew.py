"""The golden pixels, computed anew from docs/bundle.md in plain loops and with other libraries.

Nothing of the package is imported: a fault in a host step cannot hide in vectors that the same
step wrote.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import ndimage

FOLDER = Path(__file__).parent


def cases(name):
    return json.loads((FOLDER / name / "cases.json").read_text(encoding="utf-8"))


def raw(folder, entry):
    data = np.fromfile(FOLDER / folder / entry["file"], np.uint8)
    return data.reshape(entry["shape"])


RESIZE, CROP, COMPONENTS = cases("resize"), cases("crop"), cases("components")


def one_pass(samples, size):
    """Section 2: one pass over a list of samples."""
    count = len(samples)
    if count == size:
        return list(samples)
    scale = count / size
    support = max(scale, 1.0)
    result = []
    for i in range(size):
        centre = (i + 0.5) * scale
        first = max(int(centre - support + 0.5), 0)
        stop = min(int(centre + support + 0.5), count)
        taps = [max(0.0, 1.0 - abs((j - centre + 0.5) * (1 / support))) for j in range(first, stop)]
        total = 0.0
        for tap in taps:
            total += tap
        fixed = [int(tap / total * 2**22 + 0.5) for tap in taps]
        value = sum(k * samples[first + n] for n, k in enumerate(fixed))
        result.append(min(max((2**21 + value) >> 22, 0), 255))
    return result


def resize(image, width, height):
    planes = image.reshape(image.shape[0], image.shape[1], -1).astype(int).tolist()
    channels = range(len(planes[0][0]))
    wide = [[one_pass([p[c] for p in row], width) for c in channels] for row in planes]
    done = [[one_pass([row[c][x] for row in wide], height) for x in range(width)] for c in channels]
    return np.array(done, np.uint8).transpose(2, 1, 0).reshape(height, width, *image.shape[2:])


@pytest.mark.parametrize("case", RESIZE["resize"], ids=lambda case: case["target"]["file"])
def test_resize(case):
    target = raw("resize", case["target"])
    got = resize(raw("resize", case["source"]), target.shape[1], target.shape[0])
    assert np.array_equal(got, target)


@pytest.mark.parametrize("case", RESIZE["fit_canvas"], ids=lambda case: str(case["page"]))
def test_fit_canvas(case):
    height, width = case["page"]
    canvases = [(960, 736), (736, 960), (960, 960), (960, 480)]
    scales = [min(h / height, w / width, 1.5) for h, w in canvases]
    fitting = [n for n, s in enumerate(scales) if s * 1.05 >= max(scales)]
    chosen = min(fitting, key=lambda n: canvases[n][0] * canvases[n][1])
    assert list(canvases[chosen]) == case["canvas"]
    assert scales[chosen] == pytest.approx(case["scale"], rel=1e-12)
    sides = zip(case["page"], canvases[chosen], strict=True)
    used = [min(c, max(1, math.floor(side * scales[chosen] + 0.5))) for side, c in sides]
    assert used == case["used"]


def edges(quad):
    (x0, y0), (x1, y1), _, (x3, y3) = quad
    return (x1 - x0, y1 - y0), (x3 - x0, y3 - y0)


def crop(page, quad, height, width):
    """Section 6: a crop's pixels."""
    top, left = edges(quad)
    run, rise = sorted((abs(top[0]), abs(top[1])), reverse=True)
    along_x = abs(top[0]) >= abs(top[1])
    side, drift = (abs(left[1]), abs(left[0])) if along_x else (abs(left[0]), abs(left[1]))
    if rise * 115 <= run and drift * 115 <= side and rise <= max(1.0, side / 8):
        turns = (0 if top[0] >= 0 else 2) if along_x else (1 if top[1] >= 0 else 3)
        patch = upright(page, quad, turns)
    else:
        patch = tilted(page, quad)
    return resize(patch, width, height)


def upright(page, quad, turns):
    rows, columns = page.shape[:2]
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    x0 = min(max(math.floor(min(xs)), 0), columns - 1)
    y0 = min(max(math.floor(min(ys)), 0), rows - 1)
    x1 = min(max(math.ceil(max(xs)), x0 + 1), columns)
    y1 = min(max(math.ceil(max(ys)), y0 + 1), rows)
    patch = page[y0:y1, x0:x1]
    for _ in range(turns):  # a quarter counter-clockwise
        patch = patch.transpose(1, 0, 2)[::-1]
    return patch


def tilted(page, quad):
    rows, columns, channels = page.shape
    top, left = edges(quad)
    width = max(1, math.floor(math.hypot(*top) + 0.5))
    height = max(1, math.floor(math.hypot(*left) + 0.5))
    a = [value / width for value in top]
    b = [value / height for value in left]
    start = [quad[0][n] + a[n] * 0.5 + b[n] * 0.5 - 0.5 for n in (0, 1)]
    fixed = [[math.floor(v * 65536 + 0.5) for v in pair] for pair in (start, a, b)]
    patch = np.zeros((height, width, channels), np.uint8)
    for v in range(height):
        for u in range(width):
            x, y = (fixed[0][n] + u * fixed[1][n] + v * fixed[2][n] for n in (0, 1))
            fx, fy = (x >> 8) & 255, (y >> 8) & 255
            xs = [min(max(c, 0), columns - 1) for c in (x >> 16, (x >> 16) + 1)]
            ys = [min(max(r, 0), rows - 1) for r in (y >> 16, (y >> 16) + 1)]
            for c in range(channels):
                upper = int(page[ys[0], xs[0], c]) * (256 - fx) + int(page[ys[0], xs[1], c]) * fx
                lower = int(page[ys[1], xs[0], c]) * (256 - fx) + int(page[ys[1], xs[1], c]) * fx
                patch[v, u, c] = (upper * (256 - fy) + lower * fy + 32768) >> 16
    return patch


PAGE = np.fromfile(FOLDER / "crop/page.bin", np.uint8).reshape(CROP["page"])


def crop_width(quad, height):
    top, left = edges(quad)
    return max(1, math.floor(height * math.hypot(*top) / max(math.hypot(*left), 1.0) + 0.5))


@pytest.mark.parametrize("case", CROP["crops"], ids=lambda case: case["file"])
def test_crop(case):
    height, width = case["shape"][:2]
    assert crop_width(case["quad"], height) == case["crop_width"]
    assert np.array_equal(crop(PAGE, case["quad"], height, width), raw("crop", case))


@pytest.mark.parametrize("case", CROP["batch_crops"], ids=lambda case: str(case["height"]))
def test_batches_of_crops(case):
    quads = [item["quad"] for item in CROP["crops"]]
    used = [min(crop_width(quad, case["height"]), max(case["widths"])) for quad in quads]
    order = sorted(range(len(quads)), key=lambda n: -used[n])
    source = PAGE
    if case["grey"]:
        r, g, b = (PAGE[:, :, n].astype(int) for n in range(3))
        source = ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16).astype(np.uint8)[:, :, None]
    for start, batch in zip(range(0, len(order), 8), case["batches"], strict=True):
        part = order[start : start + 8]
        assert batch["indices"] == part
        width = min(w for w in case["widths"] if w >= used[part[0]])
        expected = np.zeros((8, source.shape[2], case["height"], width), np.uint8)
        for row, index in enumerate(part):
            expected[row] = 255 if case["grey"] else 127
            pixels = crop(source, quads[index], case["height"], used[index])
            expected[row, :, :, : used[index]] = pixels.transpose(2, 0, 1)
        assert np.array_equal(raw("crop", batch), expected)
        assert batch["used"] == [*(used[n] for n in part), *[0] * (8 - len(part))]


@pytest.mark.parametrize("case", COMPONENTS["find_regions"], ids=lambda case: case["file"])
def test_components(case):
    """OpenCV's rectangles and SciPy's labels: the same regions, where form decides nothing."""
    plane = raw("components", case).astype(np.float32) / np.float32(255)
    labels, count = ndimage.label(plane > np.float32(0.3), np.ones((3, 3)))
    found = []
    for label in range(1, count + 1):
        ys, xs = np.nonzero(labels == label)
        score = float(plane[ys, xs].mean(dtype=np.float64))
        (_, _), sides, _ = cv2.minAreaRect(np.stack([xs, ys], 1).astype(np.float32))
        if score >= 0.5 and min(sides) + 1 >= 3:
            found.append((score, xs.mean(), ys.mean()))
    wanted = case["regions"]
    assert len(found) == len(wanted)
    for (score, x, y), region in zip(found, wanted, strict=True):
        assert region["score"] == pytest.approx(score, abs=1e-5)
        quad = np.array(region["quad"], np.float32) * case["scale"]
        assert cv2.pointPolygonTest(quad, (float(x), float(y)), False) >= 0
