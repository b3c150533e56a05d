/**
 * The slopes of text lines, and a field of them over the whole page.
 *
 * A line of text is cut into pieces, each with the slope of its own pixels. The field is a coarse grid
 * of slopes, drawn through the pieces by least squares: smooth from left to right, and smooth down the
 * page but for folds.
 */

import type { Component } from "../components.js";
import type { Size } from "../regions.js";
import { solveBanded } from "./banded.js";

const PIECE = 8; // thicknesses: a line twice as long has two pieces
const SHORTEST = 3; // thicknesses: a shorter line shows no slope

const COLUMNS = 7; // of the field
const STEP = 32; // canvas pixels between its rows
const ACROSS = 0.2, DOWN = 50; // weight of the difference of neighbours, to a piece's 9 to 256
const NOISE = 0.05; // slope: a piece farther from the field counts for less
const FOLD = 0.012; // slope: neighbours down the page that differ by more are held together less
const ROUNDS = 4;
const LEVEL = 0.0175; // a slope of 1 degree: letters may lean so much, and level lines are read better
const ANCHOR = 1e-3; // holds what no piece shows to the usual slope

/** A piece of a text line: its centre, its slope (down per right), and its size on the text map. */
export interface Piece {
  readonly x: number;
  readonly y: number;
  readonly slope: number;
  readonly weight: number;
  readonly length: number;
  readonly thick: number;
}

/** Cut the components of a text map into pieces, and measure each one's slope. */
export function findPieces(components: readonly Component[]): Piece[] {
  return components.flatMap(piecesOf);
}

function piecesOf({ runs }: Component): Piece[] {
  let left = Infinity, right = 0, area = 0;
  for (const { start, end } of runs) {
    left = Math.min(left, start);
    right = Math.max(right, end);
    area += end - start;
  }
  const width = right - left;
  if (width * width < SHORTEST * area) return [];
  const count = Math.max(Math.floor((width * width) / (PIECE * area)), 1);
  const sums = Array.from({ length: count }, () => ({ n: 0, x: 0, y: 0, xx: 0, xy: 0 }));
  for (const { row, start, end } of runs) {
    const last = Math.floor(((end - 1 - left) * count) / width);
    for (let piece = Math.floor(((start - left) * count) / width); piece <= last; piece++) {
      // A run is cut where the pieces of its line meet.
      const begin = Math.max(start, left + Math.ceil((piece * width) / count));
      const stop = Math.min(end, left + Math.ceil(((piece + 1) * width) / count));
      const own = sums[piece]!, many = stop - begin, x = ((begin + stop - 1) * many) / 2;
      own.n += many;
      own.x += x;
      own.y += many * row;
      own.xx += squares(stop) - squares(begin);
      own.xy += x * row;
    }
  }
  const thick = area / width, length = width / count;
  return sums.flatMap(({ n, x, y, xx, xy }) => {
    const spread = n * xx - x * x;
    if (!(spread > 0)) return [];
    const slope = (n * xy - x * y) / spread;
    return [{ x: x / n + 0.5, y: y / n + 0.5, slope, weight: (length / thick) ** 2, length, thick }];
  });
}

/** The sum of the squares of 0 .. stop - 1. */
function squares(stop: number): number {
  return ((stop - 1) * stop * (2 * stop - 1)) / 6;
}

/** Slopes at places STEP apart down and `width` in all across, row by row. */
export class SlopeField {
  /** The slope of the page: the mean, and 0 within LEVEL. */
  readonly level: number;

  constructor(
    readonly slopes: Float64Array,
    readonly width: number,
  ) {
    const mean = slopes.reduce((a, b) => a + b, 0) / slopes.length;
    this.level = Math.abs(mean) < LEVEL ? 0 : mean;
  }

  /** The slope at a place, bilinear between the grid's; beyond it that of its edge. */
  at(x: number, y: number): number {
    const { first, right, down } = cellAt(x, y, this.width, this.slopes.length / COLUMNS);
    const { slopes } = this, below = first + COLUMNS;
    const upper = slopes[first]! * (1 - right) + slopes[first + 1]! * right;
    const lower = slopes[below]! * (1 - right) + slopes[below + 1]! * right;
    return upper * (1 - down) + lower * down;
  }
}

/** The upper left node of the grid's cell around a place, and the shares right and down. */
function cellAt(x: number, y: number, width: number, rows: number) {
  const column = clip((x / width) * (COLUMNS - 1), COLUMNS - 1), row = clip(y / STEP, rows - 1);
  const i = Math.min(Math.trunc(column), COLUMNS - 2), j = Math.min(Math.trunc(row), rows - 2);
  return { first: j * COLUMNS + i, right: column - i, down: row - j };
}

function clip(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}

/**
 * Draw a field through the slopes of pieces on the part of a canvas that the page covers.
 *
 * Least squares in ROUNDS rounds: a piece's weight is divided by 1 + (d / NOISE)², d its distance from
 * the field of the round before, and that of a difference down the page by 1 + (d / FOLD)².
 */
export function fitSlopes(pieces: readonly Piece[], { width, height }: Size): SlopeField {
  const rows = Math.max(Math.ceil(height / STEP) + 1, 2), count = rows * COLUMNS;
  const usual = weightedMedian(pieces.map((piece) => [piece.slope, piece.weight]));
  const corners = pieces.map(({ x, y }) => {
    const { first, right, down } = cellAt(x, y, width, rows);
    return {
      nodes: [first, first + 1, first + COLUMNS, first + COLUMNS + 1],
      shares: [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down],
    };
  });
  const band = COLUMNS + 2; // a node, and those before it that share a cell with it
  let solution = new Float64Array(count).fill(usual);
  for (let round = 0; round < ROUNDS; round++) {
    const matrix = new Float64Array(count * band), wanted = new Float64Array(count).fill(ANCHOR * usual);
    // Column 0 of a row is its diagonal, column k its product with the node k before.
    const add = (node: number, other: number, value: number) => (matrix[node * band + node - other]! += value);
    pieces.forEach(({ slope, weight }, n) => {
      const { nodes, shares } = corners[n]!;
      let own = weight;
      if (round) {
        let fitted = 0;
        for (let corner = 0; corner < 4; corner++) fitted += shares[corner]! * solution[nodes[corner]!]!;
        own = weight / (1 + ((fitted - slope) / NOISE) ** 2);
      }
      for (let one = 0; one < 4; one++) {
        for (let two = 0; two <= one; two++) add(nodes[one]!, nodes[two]!, own * (shares[one]! * shares[two]!));
        wanted[nodes[one]!]! += shares[one]! * (own * slope);
      }
    });
    const tie = (one: number, other: number, weight: number) => {
      add(other, one, -weight);
      add(one, one, weight);
      add(other, other, weight);
    };
    for (let node = 0; node < count; node++) {
      add(node, node, ANCHOR);
      if (node % COLUMNS < COLUMNS - 1) tie(node, node + 1, ACROSS);
      const below = node + COLUMNS;
      if (below >= count) continue;
      tie(node, below, round ? DOWN / (1 + ((solution[node]! - solution[below]!) / FOLD) ** 2) : DOWN);
    }
    solution = solveBanded(matrix, wanted, band);
  }
  return new SlopeField(solution, width);
}

/** The first of (value, weight), in order of values, at which half of the weight is reached. */
export function weightedMedian(weighted: readonly (readonly [number, number])[]): number {
  const order = [...weighted].sort((a, b) => a[0] - b[0]);
  const half = order.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let passed = 0;
  for (const [value, weight] of order) {
    passed += weight;
    if (passed >= half) return value;
  }
  return 0;
}
