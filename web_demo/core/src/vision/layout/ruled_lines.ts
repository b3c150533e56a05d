/**
 * Ruled lines of a page: thin dark runs on the canvas, found with integers alone.
 *
 * A tilted page is sheared, not turned: x and y on the canvas become u = x + s y and v = y - s x,
 * where s is the slope of the text with 16 fractional bits.
 */

import type { Pixels } from "../resize.js";
import { compare, floorDiv, shift } from "./integers.js";
import type { Box } from "./rows.js";

/** A rule at `at` (v of a level one, u of an upright one), from start to stop. */
export type Rule = readonly [at: number, start: number, stop: number];

/** The level and the upright rules of a page, each sorted. */
export interface Rules {
  readonly level: readonly Rule[];
  readonly upright: readonly Rule[];
}

/** Rows of 0 and 1. */
interface Mask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const REACH = 4; // pixels: a rule is darker than what lies so far to both sides of it
const CONTRASTS = [20, 32, 48, 72];
const MOST = 8; // percent of the canvas that may be thin and dark; more is noise
const DASH = 8; // shortest piece of a rule in pixels
const GAP = 4; // pixels that a run may lack: dots, dashes, dropped pixels
const BREAK = 20; // pixels between two pieces of one rule
const DRIFT = 3; // pixels that they may be apart across it
const LEVEL = 36, UPRIGHT = 22; // shortest rules in pixels
const INSIDE = 8; // a text line's box loses an eighth on each side before rules in it are text

/** The rules of a grey canvas; strokes inside the boxes of text lines count for nothing. */
export function findRules(grey: Pixels, boxes: readonly Box[], slope: number): Rules {
  const level = sheared(thin(grey), -slope);
  const upright = sheared(thin(transposed(grey)), slope);
  clear(level, boxes, -slope);
  clear(upright, boxes.map(([u0, v0, u1, v1]): Box => [v0, u0, v1, u1]), slope);
  return {
    level: runs(level, LEVEL, -slope).sort(compare),
    upright: runs(upright, UPRIGHT, slope).sort(compare),
  };
}

function transposed(image: Pixels): Pixels {
  const { width, height } = image;
  const data = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[x * height + y] = image.data[at++]!;
  }
  return { data, width: height, height: width, channels: 1 };
}

/** Pixels darker than those REACH above and below. */
function thin(grey: Pixels): Mask {
  const { data, width, height } = grey;
  const depth = new Int16Array(width * height);
  for (let y = 0; y < height; y++) {
    const above = Math.max(y - REACH, 0) * width, below = Math.min(y + REACH, height - 1) * width;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      depth[at] = Math.min(data[above + x]!, data[below + x]!) - data[at]!;
    }
  }
  for (const contrast of CONTRASTS) {
    let count = 0;
    for (let at = 0; at < depth.length; at++) if (depth[at]! >= contrast) count++;
    if (count * 100 > MOST * depth.length) continue;
    const found = new Uint8Array(depth.length);
    for (let at = 0; at < depth.length; at++) found[at] = depth[at]! >= contrast ? 1 : 0;
    return { data: found, width, height };
  }
  return { data: new Uint8Array(width * height), width, height };
}

/** The mask with column x moved down by shift(x, slope), in a plane high enough for all. */
function sheared(mask: Mask, slope: number): Mask {
  const { width, height } = mask;
  const pad = padding(width, slope);
  const tall = height + Math.abs(shift(width - 1, slope));
  const data = new Uint8Array(tall * width);
  for (let x = 0; x < width; x++) {
    const top = pad + shift(x, slope);
    for (let y = 0; y < height; y++) data[(top + y) * width + x] = mask.data[y * width + x]!;
  }
  return { data, width, height: tall };
}

function padding(width: number, slope: number): number {
  return Math.max(-shift(width - 1, slope), 0);
}

/** Clear what a sheared mask holds of text; boxes are along0 across0 along1 across1. */
function clear(mask: Mask, boxes: readonly Box[], slope: number): void {
  const pad = padding(mask.width, slope);
  for (const [a0, b0, a1, b1] of boxes) {
    const less = floorDiv(Math.min(a1 - a0, b1 - b0), INSIDE);
    // `across` is sheared already, `along` is not: it is moved by where the box lies across.
    const middle = floorDiv(a0 + a1, 2);
    const moved = shift(floorDiv(b0 + b1, 2) - shift(middle, slope), -slope);
    const first = Math.max(a0 - moved, 0), last = Math.min(Math.max(a1 - moved, 0), mask.width);
    const top = Math.max(b0 + less + pad, 0);
    const foot = Math.min(Math.max(b1 - less + pad, 0), mask.height);
    for (let row = top; row < foot; row++) {
      if (first < last) mask.data.fill(0, row * mask.width + first, row * mask.width + last);
    }
  }
}

/** Rules along the rows of a mask that was sheared by `slope`. */
function runs(mask: Mask, shortest: number, slope: number): Rule[] {
  const { data, width, height } = mask;
  const pad = padding(width, slope);
  const three = new Uint8Array(width);
  const pieces: Rule[] = [];
  // Three rows at a time, every second one: a rule may drift by a pixel on its way.
  for (let row = 0; row < height; row += 2) {
    const at = row * width;
    for (let x = 0; x < width; x++) {
      const above = row > 0 ? data[at - width + x]! : 0;
      const below = row + 1 < height ? data[at + width + x]! : 0;
      three[x] = data[at + x]! | above | below;
    }
    for (const piece of piecesOf(three, row - pad, shortest)) pieces.push(piece);
  }
  return joined(pieces)
    .filter(([, first, last]) => last - first >= shortest)
    .map(([at, first, last]) => {
      const end = (t: number) => t + shift(at - shift(t, slope), -slope);
      return [at, end(first), end(last)];
    });
}

/** Runs of a row that lack at most GAP pixels on their way, and are dark enough. */
function* piecesOf(row: Uint8Array, at: number, shortest: number): Generator<Rule> {
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    const start = x;
    let stop = x + 1, dark = 0;
    for (; x < row.length && x - stop <= GAP; x++) {
      if (!row[x]) continue;
      dark++;
      stop = x + 1;
    }
    const length = stop - start;
    // Dots in a long run, or a dash without a hole.
    const long = 2 * length >= shortest && 5 * dark >= length;
    if (length >= DASH && (long || 5 * dark >= 4 * length)) yield [at, start, stop];
    x = stop;
  }
}

interface Open {
  at: number; // of the last piece
  start: number;
  stop: number;
  total: number; // sum of `at` by length
  length: number;
}

/** Pieces that go on from one another, as one; those beside a longer one are part of it. */
function joined(pieces: readonly Rule[]): Rule[] {
  const done: Open[] = [];
  let near: Open[] = [];
  const order = [...pieces].sort((a, b) => compare([a[1], a[0], a[2]], [b[1], b[0], b[2]]));
  for (const [at, start, stop] of order) {
    done.push(...near.filter((rule) => start - rule.stop > BREAK));
    near = near.filter((rule) => start - rule.stop <= BREAK);
    let best: Open | undefined;
    for (const rule of near) {
      const apart = Math.abs(rule.at - at);
      if (apart <= DRIFT && (!best || apart < Math.abs(best.at - at))) best = rule;
    }
    if (!best) {
      near.push({ at, start, stop, total: at * (stop - start), length: stop - start });
      continue;
    }
    if (stop > best.stop) [best.at, best.stop] = [at, stop];
    best.total += at * (stop - start);
    best.length += stop - start;
  }
  return [...done, ...near]
    .filter((rule) => 2 * rule.length >= rule.stop - rule.start)
    .map((rule) => [floorDiv(rule.total, rule.length), rule.start, rule.stop]);
}
