/** Rows, gaps and columns of boxes (u0, v0, u1, v1), in integers: what blocks are cut by. */

import { compare, floorDiv } from "./integers.js";

export type Box = readonly [number, number, number, number];
type Indices = readonly number[];
type Rows = readonly Indices[];

const PROSE_LINES = 3; // lines of a column of prose
const PROSE_FILL = 60; // percent of its column that a line of prose fills
const PROSE_LENGTH = 8; // heights
const BLOCK_LINES = 2;
const BLOCK_LENGTH = 4; // heights of the longest line of such a block: amounts are shorter
const BLOCK_GUTTER = 4; // heights between two blocks whose lines lie at the same height
const PITCH = 18; // tenths of a height from a line to the next one of its paragraph

/** The box around some boxes. */
export function bounds(boxes: readonly Box[], indices: Indices): Box {
  const chosen = indices.map((index) => boxes[index]!);
  return [
    Math.min(...chosen.map((box) => box[0])),
    Math.min(...chosen.map((box) => box[1])),
    Math.max(...chosen.map((box) => box[2])),
    Math.max(...chosen.map((box) => box[3])),
  ];
}

/** The lower median of the heights, at least 1. */
export function medianHeight(boxes: readonly Box[], indices: Indices): number {
  return Math.max(lowerMedian(indices.map((index) => height(boxes[index]!))), 1);
}

/** How much of first to last the spans cover together. */
export function coveredLength(spans: readonly (readonly [number, number])[], first: number, last: number): number {
  let covered = 0, end = first;
  for (const [from, to] of [...spans].sort(compare)) {
    const start = Math.max(from, end), stop = Math.min(to, last);
    if (stop > start) {
      covered += stop - start;
      end = stop;
    }
  }
  return covered;
}

/** Regions but those much higher than others and than wide: text that runs down. */
export function levelText(boxes: readonly Box[], indices: Indices): number[] {
  const tall = 3 * medianHeight(boxes, indices);
  return indices.filter((index) => {
    const box = boxes[index]!;
    return height(box) <= width(box) || 2 * height(box) <= tall;
  });
}

/** Empty spans along an axis (0: u, 1: v) between boxes that lose an eighth at both ends. */
export function gaps(boxes: readonly Box[], indices: Indices, axis: 0 | 1): [number, number][] {
  const spans = indices.map((index): [number, number] => {
    const box = boxes[index]!;
    const shrunk = floorDiv(height(box), 8), low = box[axis], high = box[axis + 2]!;
    return [low + shrunk, Math.max(high - shrunk, low + shrunk)];
  });
  const found: [number, number][] = [];
  let end: number | undefined;
  for (const [low, high] of spans.sort(compare)) {
    if (end !== undefined && low > end) found.push([end, low]);
    end = end === undefined ? high : Math.max(end, high);
  }
  return found;
}

/** Rows from top to bottom, each from left to right; heights are capped at 1.5 times the median. */
export function rowsOf(boxes: readonly Box[], indices: Indices): number[][] {
  const cap = floorDiv(3 * medianHeight(boxes, indices), 2);
  const middle = (index: number) => boxes[index]![1] + boxes[index]![3]; // doubled
  const tall = (index: number) => Math.min(height(boxes[index]!), cap);
  const order = [...indices].sort((a, b) =>
    compare([boxes[a]![0], middle(a), ...boxes[a]!, a], [boxes[b]![0], middle(b), ...boxes[b]!, b]),
  );
  const rows: number[][] = [];
  for (const index of order) {
    let best: number[] | undefined, nearest = 0;
    for (const row of rows) {
      const last = row[row.length - 1]!;
      const gap = Math.abs(middle(index) - middle(last));
      const shared = tall(index) + tall(last) - gap; // doubled
      const overlap = boxes[last]![2] - boxes[index]![0];
      const narrow = Math.min(width(boxes[index]!), width(boxes[last]!));
      if (shared < Math.min(tall(index), tall(last)) || 2 * overlap > narrow) continue;
      const rank = best && compare([gap, middle(last)], [nearest, middle(best[best.length - 1]!)]);
      if (rank === undefined || rank < 0) [best, nearest] = [row, gap];
    }
    if (best) best.push(index);
    else rows.push([index]);
  }
  // Sixteenths of a pixel are enough, and no host rounds them otherwise.
  const mean = (row: Indices) => floorDiv(8 * row.reduce((sum, index) => sum + middle(index), 0), row.length);
  return rows.sort((a, b) =>
    compare([mean(a), ...boxes[a[0]!]!, a[0]!], [mean(b), ...boxes[b[0]!]!, b[0]!]),
  );
}

/** How many rows have neighbours of two parts whose middles are a quarter of a height apart. */
export function alignedRows(boxes: readonly Box[], rows: Rows, parts: Rows): number {
  const partOf = new Map<number, number>();
  parts.forEach((part, number) => part.forEach((index) => partOf.set(index, number)));
  return rows.filter((row) => {
    const chosen = row.filter((index) => partOf.has(index));
    return chosen.slice(1).some((after, n) => {
      const index = chosen[n]!;
      return partOf.get(index) !== partOf.get(after) && isLevel(boxes[index]!, boxes[after]!);
    });
  }).length;
}

/**
 * Whether parts left and right of a gutter are read one after the other, not row by row.
 *
 * They are columns of prose; or paragraphs whose lines lie at other heights; or paragraphs that begin
 * flush left with a wide gutter between.
 */
export function isSideBySide(boxes: readonly Box[], parts: Rows, gutter: number, tall: number): boolean {
  const lines = parts.map((part) => rowsOf(boxes, part));
  if (lines.every((rows, n) => isProse(boxes, rows, bounds(boxes, parts[n]!)))) return true;
  if (lines.some((rows) => rows.length < BLOCK_LINES)) return false;
  const across = rowsOf(boxes, parts.flat());
  const together = alignedRows(boxes, across, parts);
  if (2 * together < Math.min(...lines.map((rows) => rows.length))) return true;
  return (
    lines.every((rows) => rows.every((row) => row.length === 1)) &&
    lines.every((rows) => isFlush(boxes, rows, tall)) &&
    lines.every((rows) => isTight(boxes, rows)) &&
    parts.every((part) => Math.max(...part.map((i) => width(boxes[i]!))) >= BLOCK_LENGTH * tall) &&
    gutter >= BLOCK_GUTTER * tall
  );
}

function isProse(boxes: readonly Box[], rows: Rows, around: Box): boolean {
  if (rows.length < PROSE_LINES) return false;
  const usual = lowerMedian(rows.map((row) => boxes[row[row.length - 1]!]![2] - boxes[row[0]!]![0]));
  const tall = medianHeight(boxes, rows.flat());
  const filled = 100 * usual >= PROSE_FILL * width(around);
  return filled && usual >= PROSE_LENGTH * tall && isTight(boxes, rows);
}

function isFlush(boxes: readonly Box[], rows: Rows, tall: number): boolean {
  const lefts = rows.map((row) => boxes[row[0]!]![0]);
  return 3 * (Math.max(...lefts) - Math.min(...lefts)) <= tall;
}

/** Whether most rows follow the one before at a paragraph's pitch. */
function isTight(boxes: readonly Box[], rows: Rows): boolean {
  const steps = rows.slice(1).filter((row, n) => {
    const first = boxes[rows[n]![0]!]!, second = boxes[row[0]!]!;
    const tall = Math.max(height(first), height(second));
    return 10 * (second[1] + second[3] - first[1] - first[3]) <= 2 * PITCH * tall;
  }).length;
  return 4 * steps >= 3 * (rows.length - 1);
}

function isLevel(first: Box, second: Box): boolean {
  const apart = Math.abs(first[1] + first[3] - second[1] - second[3]); // doubled
  return 2 * apart <= Math.max(height(first), height(second));
}

function lowerMedian(values: number[]): number {
  return values.sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}

function width(box: Box): number {
  return box[2] - box[0];
}

function height(box: Box): number {
  return box[3] - box[1];
}
