/**
 * Long pages, such as receipts: looked at in parts that overlap, at one scale.
 *
 * A page much longer than the canvases would shrink until its text is gone. It is fitted by its short
 * side instead; the maps of the parts are put together to one map of the whole.
 */

import { MAX_UPSCALE, fitAt, onCanvas, type Canvas, type Fit } from "./canvas.js";
import type { Plane } from "./components.js";
import type { Size } from "./regions.js";
import type { Pixels } from "./resize.js";

const LONG = 4.5; // times as long as wide
/** (height, width) of the parts of a page that is long so. */
const UPRIGHT = { height: 960, width: 480 }, LEVEL = { height: 736, width: 960 };
const OVERLAP = 128; // canvas pixels that two parts share: more than any line of text is high
const MOST = 16; // parts

/** A part of a long canvas: where it starts, and from where to where it is kept. */
export type Part = readonly [start: number, first: number, stop: number];

/** Whether a page is looked at in parts. */
export function isLong({ width, height }: Size): boolean {
  return Math.max(width, height) > LONG * Math.min(width, height);
}

/** The canvas of a long page's size: it fits by its short side, and is as long as it needs. */
export function chooseLongCanvas(pageWidth: number, pageHeight: number): Fit {
  const upright = isUpright({ width: pageWidth, height: pageHeight });
  const length = upright ? UPRIGHT.height : LEVEL.width, other = upright ? UPRIGHT.width : LEVEL.height;
  const most = length + (MOST - 1) * (length - OVERLAP);
  const long = Math.max(pageWidth, pageHeight), short = Math.min(pageWidth, pageHeight);
  const scale = Math.min(other / short, most / long, MAX_UPSCALE);
  const fitting = Math.floor(long * scale + 0.5);
  const whole = Math.max(length, fitting + (fitting % 2));
  const [height, width] = upright ? [whole, other] : [other, whole];
  return fitAt(pageWidth, pageHeight, height, width, scale);
}

/** Fit a long RGB page to its canvas. */
export function fitLongCanvas(page: Pixels): Canvas {
  return onCanvas(page, chooseLongCanvas(page.width, page.height));
}

/** The parts of a canvas, as evenly spread as even places allow; two meet in the middle of what they share. */
export function spans(canvas: Size): Part[] {
  const upright = isUpright(canvas);
  const length = upright ? UPRIGHT.height : LEVEL.width, whole = upright ? canvas.height : canvas.width;
  const count = Math.max(Math.ceil((whole - OVERLAP) / (length - OVERLAP)), 1);
  const gaps = Math.max(count - 1, 1);
  const starts = Array.from({ length: count }, (_, k) => 2 * Math.floor((k * (whole - length)) / (2 * gaps)));
  const meet = starts.slice(1).map((start, k) => 2 * Math.floor((start + starts[k]! + length) / 4));
  const edges = [0, ...meet, whole];
  return starts.map((start, k) => [start, edges[k]!, edges[k + 1]!]);
}

/** The parts of a long canvas, each of the size of one of the detector's. */
export function partsOf(canvas: Pixels): Pixels[] {
  const { width, height } = isUpright(canvas) ? UPRIGHT : LEVEL;
  return spans(canvas).map(([start]) => {
    const [left, top] = isUpright(canvas) ? [0, start] : [start, 0];
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * canvas.width + left) * 3;
      data.set(canvas.data.subarray(from, from + width * 3), y * width * 3);
    }
    return { data, width, height, channels: 3 };
  });
}

/** The map of a long canvas out of those of its parts. */
export function joined(maps: readonly Float32Array[], { width, height }: Size): Plane {
  const upright = isUpright({ width, height });
  const data = new Float32Array(width * height);
  spans({ width, height }).forEach(([start, first, stop], part) => {
    const map = maps[part]!;
    if (upright) {
      data.set(map.subarray((first - start) * width, (stop - start) * width), first * width);
      return;
    }
    for (let y = 0; y < height; y++) {
      const from = y * LEVEL.width - start;
      data.set(map.subarray(from + first, from + stop), y * width + first);
    }
  });
  return { data, width, height };
}

function isUpright({ width, height }: Size): boolean {
  return height > width;
}
