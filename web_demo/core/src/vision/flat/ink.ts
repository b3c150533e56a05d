/**
 * The slopes of text lines measured on their ink.
 *
 * A text map shows lines of letters that stand upright, as bowed paper and photos from the side have
 * them, flatter than they are. Seen along its true slope, the ink of a line makes the sharpest profile
 * from top to foot.
 */

import type { Pixels } from "../resize.js";
import type { Piece } from "./slopes.js";

const FINENESS = 80; // tried slopes are 1 / FINENESS apart
const TRIED = 10; // to either side of the slope on the map
const REACH = 1.1; // thicknesses on the map, above and below its middle: a line's letters
const BESIDE = 0.5; // thicknesses to either side of a piece: its first and last letter

/** The pieces with slopes of their ink on a grey canvas. */
export function withInkSlopes(pieces: readonly Piece[], grey: Pixels): Piece[] {
  return pieces.map((piece) => ({ ...piece, slope: inkSlope(piece, grey) }));
}

/** Of the slopes tried the sharpest; between it and its neighbours the peak of the parabola through the three. */
function inkSlope(piece: Piece, grey: Pixels): number {
  const tried = Array.from({ length: 2 * TRIED + 1 }, (_, k) => piece.slope + (k - TRIED) / FINENESS);
  const sharp = tried.map((slope) => sharpness(piece, slope, grey));
  const best = sharp.indexOf(Math.max(...sharp));
  if (best > 0 && best < 2 * TRIED) {
    const before = sharp[best - 1]!, after = sharp[best + 1]!;
    const bow = before - 2 * sharp[best]! + after;
    if (bow < 0) return tried[best]! + (before - after) / (2 * bow) / FINENESS;
  }
  return tried[best]!;
}

/** The sum of squared steps, from row to row, of the grey along a slope. */
function sharpness({ x, y, length, thick }: Piece, slope: number, { data, width, height }: Pixels): number {
  const half = length / 2 + BESIDE * thick;
  const reach = Math.trunc(REACH * thick) + 1;
  const stop = Math.min(Math.trunc(x + half) + 1, width);
  const profile = new Float64Array(2 * reach + 1);
  for (let column = Math.max(Math.trunc(x - half), 0); column < stop; column++) {
    const middle = Math.floor(slope * (column + 0.5 - x) + y);
    for (let d = -reach; d <= reach; d++) {
      const row = Math.min(Math.max(middle + d, 0), height - 1);
      profile[d + reach]! += data[row * width + column]!;
    }
  }
  let total = 0;
  for (let d = 1; d < profile.length; d++) total += (profile[d]! - profile[d - 1]!) ** 2;
  return total;
}
