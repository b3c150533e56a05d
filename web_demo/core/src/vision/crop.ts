/**
 * Crops of regions, upright and at a fixed height, specified to the byte.
 *
 * Positions and weights of a tilted crop are integers, so that every host gives the same pixels.
 */

import { bounds, textSize, type Point, type Quad } from "./geometry.js";
import { resize, type Pixels } from "./resize.js";

export const GLANCE_HEIGHT = 16;
const GLANCE_WIDTHS = [64, 128, 256, 512, 1024]; // at that height
export const REFINE_HEIGHT = 48;
export const BATCH = 8;

const COLOUR_FILL = 127; // mid grey: near 0 once the recogniser has normalised it
const GREY_FILL = 255;
const UPRIGHT = 115; // an edge that rises at most 1 in 115 (0.5 degrees) counts as upright
const ONE = 65536; // positions have 16 fractional bits, weights the upper 8 of them

/** The widths of glance crops of a height. */
export function glanceWidths(height: number): number[] {
  return GLANCE_WIDTHS.map((width) => Math.floor((width * height) / GLANCE_HEIGHT));
}

/** The width, at least 1, that keeps the text's proportions at `height` pixels. */
export function cropWidth(quad: Quad, height: number): number {
  const [textWidth, textHeight] = textSize(quad);
  return Math.max(1, Math.floor((height * textWidth) / Math.max(textHeight, 1) + 0.5));
}

/** The text of a quad, upright, as an image of this height and width. */
export function cropQuad(image: Pixels, quad: Quad, height: number, width: number): Pixels {
  const turns = quarterTurns(quad);
  const patch = turns === undefined ? sample(image, quad) : upright(image, quad, turns);
  return resize(patch, width, height);
}

/** Crops of a page in one run of a stage: `data` is (BATCH, channels, height, width). */
export interface Batch {
  /** Places in the given quads, at most BATCH. */
  readonly indices: number[];
  readonly data: Uint8Array;
  readonly dims: readonly [number, number, number, number];
  /** Used widths, 0 in rows without a crop. */
  readonly used: Int32Array;
}

/** The crops of a page, RGB or grey, in batches of 8, the widest first. */
export function* batchCrops(
  image: Pixels,
  quads: readonly Quad[],
  height: number,
  widths: readonly number[],
): Generator<Batch> {
  const buckets = [...widths].sort((a, b) => a - b);
  const most = buckets[buckets.length - 1]!;
  const used = quads.map((quad) => Math.min(cropWidth(quad, height), most));
  const order = quads.map((_, index) => index).sort((a, b) => used[b]! - used[a]!);
  const { channels } = image;
  const fill = channels === 1 ? GREY_FILL : COLOUR_FILL;
  for (let start = 0; start < order.length; start += BATCH) {
    const indices = order.slice(start, start + BATCH);
    const width = buckets.find((bucket) => bucket >= used[indices[0]!]!)!;
    const plane = height * width;
    const data = new Uint8Array(BATCH * channels * plane);
    data.fill(fill, 0, indices.length * channels * plane);
    const counts = new Int32Array(BATCH);
    indices.forEach((index, row) => {
      counts[row] = used[index]!;
      const crop = cropQuad(image, quads[index]!, height, used[index]!);
      toPlanes(crop, data, row * channels * plane, width);
    });
    yield { indices, data, dims: [BATCH, channels, height, width], used: counts };
  }
}

/** Write an image, channel by channel, to the left of planes of a width. */
function toPlanes(image: Pixels, data: Uint8Array, at: number, width: number): void {
  const { channels } = image;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < image.height; y++) {
      let from = y * image.width * channels + channel;
      let to = at + (channel * image.height + y) * width;
      for (let x = 0; x < image.width; x++, from += channels) data[to++] = image.data[from]!;
    }
  }
}

/** Counter-clockwise quarter turns that make an upright quad read to the right; else undefined. */
function quarterTurns(quad: Quad): number | undefined {
  const topX = quad[1][0] - quad[0][0], topY = quad[1][1] - quad[0][1];
  const leftX = quad[3][0] - quad[0][0], leftY = quad[3][1] - quad[0][1];
  const level = Math.abs(topX) >= Math.abs(topY);
  const turns = level ? (topX >= 0 ? 0 : 2) : topY >= 0 ? 1 : 3;
  const [run, rise] = level ? [Math.abs(topX), Math.abs(topY)] : [Math.abs(topY), Math.abs(topX)];
  const [side, drift] = level
    ? [Math.abs(leftY), Math.abs(leftX)]
    : [Math.abs(leftX), Math.abs(leftY)];
  const straight = rise * UPRIGHT <= run && drift * UPRIGHT <= side;
  return straight && rise <= Math.max(1, side / 8) ? turns : undefined;
}

/** The bounds of an upright quad, turned by quarters until its text reads to the right. */
function upright(image: Pixels, quad: Quad, turns: number): Pixels {
  const [x0, y0, x1, y1] = bounds(quad);
  const left = clamp(Math.floor(x0), image.width), top = clamp(Math.floor(y0), image.height);
  const right = Math.min(Math.max(Math.ceil(x1), left + 1), image.width);
  const foot = Math.min(Math.max(Math.ceil(y1), top + 1), image.height);
  return turned(image, { left, top, across: right - left, down: foot - top }, turns);
}

/** A part of an image, turned by quarters counter-clockwise. */
export function turned(
  image: Pixels,
  { left, top, across, down }: { left: number; top: number; across: number; down: number },
  turns: number,
): Pixels {
  const { channels } = image;
  const [width, height] = turns % 2 ? [down, across] : [across, down];
  const data = new Uint8Array(width * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sx = turns === 0 ? x : turns === 1 ? across - 1 - y : turns === 2 ? across - 1 - x : y;
      const sy = turns === 0 ? y : turns === 1 ? x : turns === 2 ? down - 1 - y : down - 1 - x;
      const from = ((top + sy) * image.width + left + sx) * channels;
      for (let channel = 0; channel < channels; channel++) data[at++] = image.data[from + channel]!;
    }
  }
  return { data, width, height, channels };
}

/** The parallelogram of a quad's corners 0, 1 and 3, sampled at the page's own scale. */
function sample(image: Pixels, quad: Quad): Pixels {
  const [textWidth, textHeight] = textSize(quad);
  const width = Math.max(1, Math.floor(textWidth + 0.5));
  const height = Math.max(1, Math.floor(textHeight + 0.5));
  const step = (to: Point, axis: 0 | 1, count: number) => (to[axis] - quad[0][axis]) / count;
  const fixed = (value: number) => Math.floor(value * ONE + 0.5);
  const along = ([0, 1] as const).map((axis) => step(quad[1], axis, width));
  const down = ([0, 1] as const).map((axis) => step(quad[3], axis, height));
  const origin = ([0, 1] as const).map(
    (axis) => quad[0][axis] + along[axis]! * 0.5 + down[axis]! * 0.5 - 0.5,
  );
  const [ax, ay] = along.map(fixed) as [number, number];
  const [dx, dy] = down.map(fixed) as [number, number];
  const [ox, oy] = origin.map(fixed) as [number, number];
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  let at = 0;
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      // In doubles: the sums may pass 32 bits.
      const x = ox + u * ax + v * dx, y = oy + u * ay + v * dy;
      const column = Math.floor(x / ONE), row = Math.floor(y / ONE);
      const fx = Math.floor(x / 256) & 255, fy = Math.floor(y / 256) & 255;
      const left = clamp(column, image.width) * channels;
      const right = clamp(column + 1, image.width) * channels;
      const upper = clamp(row, image.height) * image.width * channels;
      const lower = clamp(row + 1, image.height) * image.width * channels;
      for (let channel = 0; channel < channels; channel++) {
        const above = mix(image.data[upper + left + channel]!, image.data[upper + right + channel]!, fx);
        const below = mix(image.data[lower + left + channel]!, image.data[lower + right + channel]!, fx);
        data[at++] = (mix(above, below, fy) + (1 << 15)) >> 16;
      }
    }
  }
  return { data, width, height, channels };
}

function clamp(place: number, size: number): number {
  return Math.min(Math.max(place, 0), size - 1);
}

function mix(first: number, second: number, weight: number): number {
  return (first << 8) + (second - first) * weight;
}
