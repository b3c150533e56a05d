/**
 * Resize and grey, specified to the byte so that every host gives the same pixels.
 *
 * `resize` is Pillow's antialiased bilinear filter: triangle weights in float64, normalised, rounded
 * to 22 fractional bits, a horizontal pass rounded to 8 bits, then a vertical one.
 */

import { OptionError } from "../errors.js";

/** An image of 8-bit samples, row by row, channels last. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** Resize to `width` x `height`: all columns first, then all rows. */
export function resize(image: Pixels, width: number, height: number): Pixels {
  if (width < 1 || height < 1 || image.data.length === 0) {
    throw new OptionError(`A size of ${width} x ${height} px was asked for; both must be at least 1.`);
  }
  const wide = image.width === width ? image : resizeColumns(image, width);
  return wide.height === height ? wide : resizeRows(wide, height);
}

/** The luma of an RGB image: ITU-R 601-2 with 16 fractional bits. */
export function toGrey(image: Pixels): Pixels {
  const { data, width, height } = image;
  const grey = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at++, from += 3) {
    grey[at] =
      (19595 * data[from]! + 38470 * data[from + 1]! + 7471 * data[from + 2]! + 32768) >> 16;
  }
  return { data: grey, width, height, channels: 1 };
}

interface Taps {
  /** Source samples of one target sample at most. */
  readonly most: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `most` weights a target sample, with PRECISION_BITS fractional bits. */
  readonly weights: Int32Array;
}

/** The triangle filter that takes `source` samples to `target` samples. */
function filterTaps(source: number, target: number): Taps {
  const scale = source / target;
  const support = Math.max(scale, 1);
  const inverse = 1 / support;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(target), count = new Int32Array(target);
  const weights = new Int32Array(target * most);
  const triangle = new Float64Array(most);
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const taps = Math.min(Math.trunc(centre + support + 0.5), source) - start;
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = Math.max(1 - Math.abs((tap + start - centre + 0.5) * inverse), 0);
      triangle[tap] = weight;
      total += weight;
    }
    for (let tap = 0; tap < taps; tap++) {
      weights[i * most + tap] = Math.trunc((triangle[tap]! / total) * 2 ** PRECISION_BITS + 0.5);
    }
    first[i] = start;
    count[i] = taps;
  }
  return { most, first, count, weights };
}

function resizeColumns(image: Pixels, width: number): Pixels {
  const { data, height, channels } = image;
  const { most, first, count, weights } = filterTaps(image.width, width);
  const result = new Uint8ClampedArray(width * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = y * image.width;
    for (let x = 0; x < width; x++) {
      const weight = x * most, stop = weight + count[x]!;
      let from = (row + first[x]!) * channels;
      if (channels === 1) {
        let total = HALF;
        for (let tap = weight; tap < stop; tap++) total += Math.imul(data[from++]!, weights[tap]!);
        result[at++] = total >> PRECISION_BITS;
        continue;
      }
      let red = HALF, green = HALF, blue = HALF;
      for (let tap = weight; tap < stop; tap++, from += 3) {
        const own = weights[tap]!;
        red += Math.imul(data[from]!, own);
        green += Math.imul(data[from + 1]!, own);
        blue += Math.imul(data[from + 2]!, own);
      }
      result[at] = red >> PRECISION_BITS;
      result[at + 1] = green >> PRECISION_BITS;
      result[at + 2] = blue >> PRECISION_BITS;
      at += 3;
    }
  }
  return { data: new Uint8Array(result.buffer), width, height, channels };
}

function resizeRows(image: Pixels, height: number): Pixels {
  const { data, width, channels } = image;
  const { most, first, count, weights } = filterTaps(image.height, height);
  const stride = width * channels;
  const result = new Uint8ClampedArray(height * stride);
  const totals = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    totals.fill(HALF);
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = weights[y * most + tap]!;
      let from = (first[y]! + tap) * stride;
      for (let x = 0; x < stride; x++) totals[x]! += Math.imul(data[from++]!, weight);
    }
    let to = y * stride;
    for (let x = 0; x < stride; x++) result[to++] = totals[x]! >> PRECISION_BITS;
  }
  return { data: new Uint8Array(result.buffer), width, height, channels };
}
