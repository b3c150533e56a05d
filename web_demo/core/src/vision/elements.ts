/**
 * From the detector's mark map to regions: check boxes, signatures, stamps and figures.
 *
 * The map shows where boxes are; whether one is ticked is seen on the page itself, because a tick is
 * a few pixels that a canvas loses.
 */

import { codePoints } from "../text.js";
import { findComponents, type Plane } from "./components.js";
import type { Transcription } from "./ctc.js";
import { area, bounds, corners, float32, intersection, iou, subQuad, textSize, type Box, type Quad } from "./geometry.js";
import { region, type Kind, type Region, type Size } from "./regions.js";
import type { Pixels } from "./resize.js";

/** The kinds of the planes of a mark map, in their order. */
const PLANES: readonly Kind[] = ["unticked", "signature", "stamp", "figure"];
/** The name of each element in the prompt. */
const NAMES: Readonly<Record<Exclude<Kind, "text">, string>> = {
  ticked: "[x]",
  unticked: "[ ]",
  signature: "[signed]",
  stamp: "[stamp]",
  figure: "[figure]",
};

export const STRIDE = 2; // canvas pixels a map pixel
const THRESHOLD = 0.5;
const SCORE = 0.65;
const MIN_SIDE = 2.0; // map pixels
const DOUBLE = 0.3; // two elements that share more of their union are one
const INSIDE = 0.6; // a line with more of its area in a check box or signature is that element
const LEFT_OVER = 0.6; // of a line's height: shorter pieces beside a check box are dropped
const FRAME = 0.22; // of a check box's shorter side, and a pixel: what may be its printed frame
const AROUND = 0.6; // of the same: how far around it the grey of paper and ink is measured
const CONTRAST = 20; // grey levels between paper and ink: with less nothing is written there
const INK = 0.3; // of the way from paper to ink
const TICKED = 0.21; // share of a box's inside that is ink where it is ticked
const FRAMED = 0.8, SURE = 0.7; // a ticked box's frame and score: a letter holds ink as well

/** The elements of a page, best first; `scale` is map pixels per page pixel. */
export function findElements(planes: readonly Plane[], scale: number, page: Size): Region[] {
  const found: Region[] = [];
  planes.forEach((plane, number) => {
    for (const part of findComponents(plane, THRESHOLD)) {
      const box = bounds(part.points);
      if (part.score < SCORE || Math.min(box[2] - box[0], box[3] - box[1]) < MIN_SIDE) continue;
      const across = (x: number) => Math.min(Math.max(x / scale, 0), page.width);
      const down = (y: number) => Math.min(Math.max(y / scale, 0), page.height);
      const placed: Box = [across(box[0]), down(box[1]), across(box[2]), down(box[3])];
      if (area(placed) >= 1) found.push(region(float32(corners(placed)), part.score, PLANES[number]!));
    }
  });
  const kept: Region[] = [];
  for (const element of found.sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(element.box, other.box) <= DOUBLE)) kept.push(element);
  }
  return kept;
}

/** Separate ticked boxes from empty ones by the ink inside; what is no box is left out. */
export function seeTicks(page: Pixels, elements: readonly Region[]): Region[] {
  const seen: Region[] = [];
  for (const element of elements) {
    if (element.kind !== "unticked" || inkInside(page, element.box) <= TICKED) seen.push(element);
    else if (element.score >= SURE && framed(page, element.box) >= FRAMED) {
      seen.push({ ...element, kind: "ticked" });
    }
  }
  return seen;
}

/** Pixels in and around a box: 1 where they are ink; and where the box lies in them. */
interface Ink {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly box: Box;
}

/** Share of the pixels inside a box, without its frame, that are ink: 0 to 1. */
export function inkInside(page: Pixels, box: Box): number {
  const ink = inkAround(page, box);
  const [x0, y0, x1, y1] = ink.box;
  const frame = FRAME * Math.min(x1 - x0, y1 - y0) + 1;
  const span = (start: number, end: number): Span => [
    Math.max(Math.ceil(start + frame), 0),
    Math.max(Math.trunc(end - frame) + 1, 0),
  ];
  return share(ink, span(y0, y1), span(x0, x1));
}

/** How much of a box's four sides is drawn, as the least of them: 0 to 1. */
export function framed(page: Pixels, box: Box): number {
  const ink = inkAround(page, box);
  const [x0, y0, x1, y1] = ink.box;
  const side = Math.min(x1 - x0, y1 - y0);
  const reach = FRAME * side + 1, corner = 0.15 * side;
  const columns = pixels(x0 + corner, x1 - corner), rows = pixels(y0 + corner, y1 - corner);
  const straightest = (near: Span, most: number, line: (at: number) => number): number => {
    let best = 0;
    for (let at = near[0]; at < Math.min(near[1], most); at++) best = Math.max(best, line(at));
    return best;
  };
  return Math.min(
    ...[y0, y1].map((y) =>
      straightest(pixels(y - reach, y + reach), ink.height, (at) => share(ink, [at, at + 1], columns)),
    ),
    ...[x0, x1].map((x) =>
      straightest(pixels(x - reach, x + reach), ink.width, (at) => share(ink, rows, [at, at + 1])),
    ),
  );
}

type Span = readonly [number, number];

function pixels(start: number, end: number): Span {
  return [Math.max(roundHalfEven(start), 0), Math.max(roundHalfEven(end) + 1, 0)];
}

function share(ink: Ink, rows: Span, columns: Span): number {
  let total = 0, count = 0;
  for (let y = rows[0]; y < Math.min(rows[1], ink.height); y++) {
    for (let x = columns[0]; x < Math.min(columns[1], ink.width); x++, count++) {
      total += ink.data[y * ink.width + x]!;
    }
  }
  return count ? total / count : 0;
}

function inkAround(page: Pixels, [x0, y0, x1, y1]: Box): Ink {
  const reach = AROUND * Math.min(x1 - x0, y1 - y0);
  const top = Math.max(Math.trunc(y0 - reach), 0), left = Math.max(Math.trunc(x0 - reach), 0);
  const foot = Math.min(Math.trunc(y1 + reach) + 1, page.height);
  const right = Math.min(Math.trunc(x1 + reach) + 1, page.width);
  const width = Math.max(right - left, 0), height = Math.max(foot - top, 0);
  const box: Box = [x0 - left, y0 - top, x1 - left, y1 - top];
  const data = new Uint8Array(width * height);
  if (data.length === 0) return { data, width: 0, height: 0, box };
  const grey = new Float64Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    let from = ((top + y) * page.width + left) * 3;
    for (let x = 0; x < width; x++, from += 3) {
      grey[at++] = (page.data[from]! + page.data[from + 1]! + page.data[from + 2]!) / 3;
    }
  }
  const sorted = grey.slice().sort();
  const paper = percentile(sorted, 75), ink = percentile(sorted, 2);
  if (paper - ink >= CONTRAST) {
    grey.forEach((value, at) => (data[at] = (paper - value) / (paper - ink) > INK ? 1 : 0));
  }
  return { data, width, height, box };
}

/** Between two values in proportion. */
function percentile(sorted: Float64Array, hundredth: number): number {
  const place = (hundredth / 100) * (sorted.length - 1);
  const low = Math.floor(place), part = place - low;
  const a = sorted[low]!, b = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return part >= 0.5 ? b - (b - a) * (1 - part) : a + (b - a) * part;
}

function roundHalfEven(value: number): number {
  const low = Math.floor(value), rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** An element's name, as sure as its score; characters are equal parts of its width. */
export function transcription(element: Region): Transcription {
  const text = NAMES[element.kind as Exclude<Kind, "text">];
  const characters = codePoints(text), count = characters.length;
  return {
    text,
    characters,
    probabilities: characters.map(() => element.score),
    spans: characters.map((_, n) => [n / count, (n + 1) / count]),
  };
}

/** Lines of text, cut or dropped where an element lies, then the elements. */
export function join(lines: readonly Region[], elements: readonly Region[]): Region[] {
  const boxes = elements.filter((e) => e.kind === "ticked" || e.kind === "unticked").map((e) => e.box);
  const covering = [...boxes, ...elements.filter((e) => e.kind === "signature").map((e) => e.box)];
  const kept: Region[] = [];
  for (const line of lines) {
    const own = Math.max(area(line.box), 1e-9);
    if (covering.some((box) => intersection(line.box, box) >= INSIDE * own)) continue;
    kept.push(...cut(line, boxes.filter((box) => intersection(line.box, box) > 0)));
  }
  return [...kept, ...elements];
}

/** A line's pieces beside check boxes; the whole of it where they only touch its edge. */
function cut(line: Region, boxes: readonly Box[]): Region[] {
  const quad: Quad = line.quad;
  const alongX = quad[1][0] - quad[0][0], alongY = quad[1][1] - quad[0][1];
  const [length, height] = textSize(quad);
  const gaps: [number, number][] = [];
  for (const [x0, y0, x1, y1] of boxes) {
    // The place of the box's centre and half its width, in the line's own direction.
    const x = (x0 + x1) / 2 - quad[0][0], y = (y0 + y1) / 2 - quad[0][1];
    const middle = (x * alongX + y * alongY) / Math.max(length, 1e-9);
    const half = (x1 - x0) / 2;
    const depth = Math.min(y1, line.box[3]) - Math.max(y0, line.box[1]);
    if (depth >= 0.5 * Math.min(y1 - y0, height)) gaps.push([middle - half, middle + half]);
  }
  if (gaps.length === 0) return [line];
  gaps.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const pieces: Region[] = [];
  let at = 0;
  for (const [start, end] of [...gaps, [length, length] as const]) {
    if (start - at >= LEFT_OVER * height) {
      const part = subQuad(quad, Math.max(at, 0) / length, Math.min(start, length) / length);
      pieces.push(region(part, line.score, line.kind));
    }
    at = Math.max(at, end);
  }
  return pieces;
}
