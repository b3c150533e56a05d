/** Integer arithmetic of the layout: division and shifts round down, tuples compare in order. */

const BITS = 16; // fractional bits of a slope

export function floorDiv(value: number, by: number): number {
  return Math.floor(value / by);
}

/** How far a shear moves what lies `length` pixels from the edge, rounded. */
export function shift(length: number, slope: number): number {
  return Math.floor((length * slope + (1 << (BITS - 1))) / (1 << BITS));
}

/** The slope of text that is tilted by `skew` degrees, with 16 fractional bits. */
export function slopeOf(skew: number): number {
  return Math.floor(Math.tan(skew * (Math.PI / 180)) * (1 << BITS) + 0.5);
}

/** Below 0 where a tuple of numbers comes first, 0 where both are equal. */
export function compare(a: readonly number[], b: readonly number[]): number {
  for (let n = 0; n < a.length; n++) {
    if (a[n] !== b[n]) return a[n]! - b[n]!;
  }
  return 0;
}
