/**
 * Bent pages made flat: seen from the side, bowed, folded.
 *
 * Every column of a bent page is moved and stretched up and down, so that the lines of its text become
 * straight and parallel; nothing moves sideways. The page's own tilt stays.
 */

import type { Canvas } from "../canvas.js";
import type { Component } from "../components.js";
import type { Point } from "../geometry.js";
import type { Size } from "../regions.js";
import type { Pixels } from "../resize.js";
import { withInkSlopes } from "./ink.js";
import { findPieces, fitSlopes, weightedMedian, type Piece, type SlopeField } from "./slopes.js";

const FEWEST = 8; // pieces that show a bend
const CLEAR = 3.0; // times: how much more the field bends than the pieces scatter around it
const HINT = 0.1; // of a line's height, over half of the page: less on the map is not looked into
const BEND = 0.25; // of a line's height, between the most raised and the most lowered piece
const OUTSIDE = 50; // one piece of so many, at either end, may be wrong
const STEPS = 32; // from anywhere to the middle of the page
const MARGIN = 2.0; // heights of a line that are kept above and below the text
const NODE = 32; // page pixels between the places of a bend's grid
const PLACE = 256; // fractions of a pixel in a place
const FRACTION = 2 ** 20; // of a pixel, between the places

/**
 * How a flat page of `size` lies on the bent one: where the point (NODE * i, NODE * j) of the flat page
 * lies up and down on the bent one, in fractions of a pixel, row by row.
 */
export class Bend {
  readonly columns: number;

  constructor(
    readonly places: readonly (readonly number[])[],
    readonly size: Size,
  ) {
    this.columns = places[0]!.length;
  }

  /** The flat page of a bent one, in integers: a pixel is taken between two pixels of its own column. */
  flatten(image: Pixels): Pixels {
    const { width, height } = this.size, { channels } = image;
    const stride = image.width * channels, last = image.height - 1;
    const data = new Uint8Array(width * height * channels);
    const upper = new Float64Array(width), lower = new Float64Array(width);
    for (let y = 0, at = 0; y < height; y++) {
      const j = Math.floor(y / NODE), down = 2 * (y % NODE) + 1;
      if (y % NODE === 0) {
        this.across(j, upper);
        this.across(j + 1, lower);
      }
      for (let x = 0; x < width; x++) {
        // In doubles: a place may pass 32 bits.
        const place = upper[x]! * (2 * NODE - down) + lower[x]! * down - FRACTION / 2;
        const row = Math.floor(place / FRACTION), weight = Math.floor(place / (FRACTION / 256)) & 255;
        const above = clip(row, last) * stride + x * channels, below = clip(row + 1, last) * stride + x * channels;
        for (let channel = 0; channel < channels; channel++) {
          const sum = image.data[above + channel]! * (256 - weight) + image.data[below + channel]! * weight;
          data[at++] = (sum + 128) >> 8;
        }
      }
    }
    return { data, width, height, channels };
  }

  /** The places of a row of nodes at the middle of each pixel. */
  private across(j: number, into: Float64Array): void {
    const nodes = this.places[j]!;
    for (let x = 0; x < into.length; x++) {
      const i = Math.floor(x / NODE), right = 2 * (x % NODE) + 1;
      into[x] = nodes[i]! * (2 * NODE - right) + nodes[i + 1]! * right;
    }
  }

  /** This bend of a page that `first` made flatter, as one bend of the page it came from. */
  of(first: Bend): Bend {
    const through = (place: number, i: number) =>
      Math.floor(first.toBent([i * NODE, place / PLACE])[1] * PLACE + 0.5);
    return new Bend(this.places.map((row) => row.map(through)), this.size);
  }

  /** Where a point of the flat page lies on the bent one. */
  toBent([x, y]: Point): Point {
    const i = clip(Math.floor(x / NODE), this.columns - 2), j = clip(Math.floor(y / NODE), this.places.length - 2);
    const right = x / NODE - i, down = y / NODE - j;
    const row = (nodes: readonly number[]) => nodes[i]! * (1 - right) + nodes[i + 1]! * right;
    return [x, (row(this.places[j]!) * (1 - down) + row(this.places[j + 1]!) * down) / PLACE];
  }
}

/**
 * Find how the page on a canvas is bent whose text map has these components; undefined if it is not.
 *
 * tall: the height of a line of its text in canvas pixels. The field of slopes of the map shows whether
 * a page may be bent, at next to no cost; the field of slopes of the ink decides.
 */
export function findBend(components: readonly Component[], canvas: Canvas, tall: number, pageWidth: number): Bend | undefined {
  const onMap = findPieces(components);
  if (onMap.length < FEWEST) return undefined;
  const middle = canvas.used.width / 2;
  if (fit(onMap, canvas.used).bent * middle <= HINT * tall) return undefined;
  const pieces = withInkSlopes(onMap, canvas.grey);
  const { bent, field } = fit(pieces, canvas.used);
  if (!bent) return undefined;
  const { level } = field;
  // Where the pieces lie on the flat page.
  const flat = pieces.map(({ x, y }) => trace(field, x, y, middle) + level * (x - middle));
  const moved = pieces.map(({ y }, n) => y - flat[n]!).sort((a, b) => a - b);
  const outside = Math.floor(moved.length / OUTSIDE);
  if (moved[moved.length - 1 - outside]! - moved[outside]! < BEND * tall) return undefined;
  const top = Math.min(0, Math.min(...flat) - MARGIN * tall);
  const foot = Math.max(canvas.used.height, Math.max(...flat) + MARGIN * tall);
  const height = Math.floor((foot - top) / canvas.scale + 0.5);
  const step = NODE * canvas.scale;
  const places = Array.from({ length: Math.floor(height / NODE) + 2 }, (_, j) =>
    Array.from({ length: Math.floor(pageWidth / NODE) + 2 }, (_, i) => {
      const x = i * step, y = j * step + top;
      const place = trace(field, middle, y - level * (x - middle), x) / canvas.scale;
      return Math.floor(place * PLACE + 0.5);
    }),
  );
  return new Bend(places, { width: pageWidth, height });
}

/**
 * The field of pieces, and how far the page is bent, in slope: the root of the weighted mean square of
 * the field's difference from the page's slope; 0 when it is less than CLEAR times what the pieces
 * scatter around the field.
 */
function fit(pieces: readonly Piece[], size: Size): { bent: number; field: SlopeField } {
  const field = fitSlopes(pieces, size);
  let squares = 0, weights = 0;
  const apart = pieces.map(({ x, y, slope, weight }): [number, number] => {
    const fitted = field.at(x, y);
    squares += weight * (fitted - field.level) ** 2;
    weights += weight;
    return [Math.abs(slope - fitted), weight];
  });
  const bent = Math.sqrt(squares / weights);
  return { bent: bent >= CLEAR * weightedMedian(apart) ? bent : 0, field };
}

/** Follow the slopes of a field from a point to the column `stop`: the y reached, by the midpoint method. */
export function trace(field: SlopeField, x: number, y: number, stop: number): number {
  const step = (stop - x) / STEPS;
  for (let number = 0; number < STEPS; number++) {
    const at = x + number * step;
    const half = y + field.at(at, y) * (step / 2);
    y += field.at(at + step / 2, half) * step;
  }
  return y;
}

function clip(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
