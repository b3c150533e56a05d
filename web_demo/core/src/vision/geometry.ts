/**
 * Boxes and quads on a page, in pixels; x grows to the right, y downwards.
 *
 * A quad is the four corners of a line of text, clockwise from the top left of the text; its
 * coordinates are float32 values, as on every host.
 */

/** x0, y0, x1, y1 in pixels of the upright page. */
export type Box = readonly [number, number, number, number];
export type Point = readonly [number, number];
export type Quad = readonly [Point, Point, Point, Point];

/** A region this many times as high as wide is taken for text that runs downwards. */
export const VERTICAL_TEXT = 2.0;

/** The corners rounded to float32. */
export function float32(points: Quad): Quad {
  const round = ([x, y]: Point): Point => [Math.fround(x), Math.fround(y)];
  return [round(points[0]), round(points[1]), round(points[2]), round(points[3])];
}

export function corners([x0, y0, x1, y1]: Box): Quad {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

/** Width (length of the top edge) and height (of the left edge) of the text. */
export function textSize(quad: Quad): Point {
  return [distance(quad[0], quad[1]), distance(quad[0], quad[3])];
}

/** Reading direction in degrees, -180 to 180; positive is clockwise. */
export function textAngle(quad: Quad): number {
  return Math.atan2(quad[1][1] - quad[0][1], quad[1][0] - quad[0][0]) * (180 / Math.PI);
}

/** The upright box around points. */
export function bounds(points: readonly Point[]): Box {
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (const [x, y] of points) {
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return [x0, y0, x1, y1];
}

/** The part of a quad between two fractions, 0 to 1, of its reading direction. */
export function subQuad(quad: Quad, start: number, end: number): Quad {
  const along = (from: Point, to: Point, share: number): Point => [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
  ];
  return float32([
    along(quad[0], quad[1], start),
    along(quad[0], quad[1], end),
    along(quad[3], quad[2], end),
    along(quad[3], quad[2], start),
  ]);
}

/** Points turned about a centre, as float32 values; positive degrees turn clockwise on the page. */
export function rotatePoints(points: readonly Point[], degrees: number, centre: Point): Point[] {
  const turn = degrees * (Math.PI / 180);
  const cos = Math.cos(turn), sin = Math.sin(turn);
  return points.map(([px, py]) => {
    const x = px - centre[0], y = py - centre[1];
    return [
      Math.fround(x * cos - y * sin + centre[0]),
      Math.fround(x * sin + y * cos + centre[1]),
    ];
  });
}

export function rotateQuad(quad: Quad, degrees: number, centre: Point): Quad {
  return rotatePoints(quad, degrees, centre) as unknown as Quad;
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

// sqrt is rounded alike everywhere, hypot is not; crops must be the same bytes everywhere.
function distance(a: Point, b: Point): number {
  const x = b[0] - a[0], y = b[1] - a[1];
  return Math.sqrt(x * x + y * y);
}
