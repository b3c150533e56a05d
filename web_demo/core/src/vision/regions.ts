/**
 * From the detector's text map to regions: lines of text as quads on the page.
 *
 * Post-processing of a differentiable-binarization map (Liao et al., AAAI 2020): threshold,
 * components, rectangles, unclip.
 */

import { findComponents, minimumRectangle, type Component, type Plane } from "./components.js";
import {
  VERTICAL_TEXT,
  bounds,
  corners,
  float32,
  rotatePoints,
  rotateQuad,
  textAngle,
  textSize,
  type Box,
  type Point,
  type Quad,
} from "./geometry.js";

export const THRESHOLD = 0.3;
export const BOX_SCORE = 0.5;
export const UNCLIP = 1.6;
const MIN_SIDE = 3.0; // canvas pixels, before unclip
/** A region wider than this many times its height shows its direction. */
export const LINE = 3.0;
/** A component less elongated than this has a rectangle of any direction. */
export const SQUAT = 2.0;
const SNAP = 1.1;
const LEVEL = 0.25; // degrees: upright regions are cropped faster, and nothing is lost

/** A line of text on a page; `score` is the mean of its map, 0 to 1. */
export interface Region {
  readonly quad: Quad;
  readonly box: Box;
  readonly score: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function region(quad: Quad, score: number): Region {
  return { quad, box: bounds(quad), score };
}

/** The components of a text map, in the order of their first pixels. */
export function findText(map: Plane): Component[] {
  return findComponents(map, THRESHOLD).filter((part) => part.score >= BOX_SCORE);
}

/** The regions of components; `scale` is canvas pixels per page pixel, `page` the page's size. */
export function regionsOf(components: readonly Component[], scale: number, page: Size): Region[] {
  const found = components.map((part) => ({ part, fit: minimumRectangle(part.points) }));
  let direction = medianAngle(
    found
      .filter(({ fit }) => elongation(fit) > LINE)
      .map(({ fit }) => [textAngle(fit), Math.max(...textSize(fit))]),
  );
  if (Math.abs(direction) < LEVEL) direction = 0;
  const regions: Region[] = [];
  for (const { part, fit } of found) {
    const quad = settle(part, fit, direction);
    if (Math.min(...textSize(quad)) < MIN_SIDE) continue;
    const source = unclip(quad).map(([x, y]) => [
      Math.min(Math.max(x / scale, 0), page.width),
      Math.min(Math.max(y / scale, 0), page.height),
    ]) as unknown as Quad;
    const [x0, y0, x1, y1] = bounds(source);
    if (x1 - x0 < 1 || y1 - y0 < 1) continue; // it lay in the canvas's margin
    regions.push(region(float32(fromTextCorner(source)), part.score));
  }
  return regions;
}

/** The rectangle of the page's direction where the component's own says nothing better. */
function settle(part: Component, quad: Quad, direction: number): Quad {
  const box = bounds(rotatePoints(part.points, -direction, [0, 0]));
  const [width, height] = textSize(quad);
  const size = (box[2] - box[0]) * (box[3] - box[1]);
  if (elongation(quad) < SQUAT || size <= SNAP * width * height) {
    return rotateQuad(corners(box), direction, [0, 0]);
  }
  return quad;
}

function unclip(quad: Quad): Quad {
  const [width, height] = textSize(quad);
  // The ratio is meant for rectangles through the centres of the outer pixels (OpenCV's contours).
  const w = width - 1, h = height - 1;
  const margin = (w * h * UNCLIP) / (2 * (w + h)) - 0.5;
  const step = (to: Point, length: number): Point => [
    ((to[0] - quad[0][0]) / length) * margin,
    ((to[1] - quad[0][1]) / length) * margin,
  ];
  const along = step(quad[1], width), down = step(quad[3], height);
  const grown = (corner: Point, a: number, d: number): Point => [
    corner[0] + (a * along[0] + d * down[0]),
    corner[1] + (a * along[1] + d * down[1]),
  ];
  return [grown(quad[0], -1, -1), grown(quad[1], 1, -1), grown(quad[2], 1, 1), grown(quad[3], -1, 1)];
}

/** Text that runs downwards has its top on the right: it starts at the second corner. */
function fromTextCorner(quad: Quad): Quad {
  const [width, height] = textSize(quad);
  return height > VERTICAL_TEXT * width ? [quad[1], quad[2], quad[3], quad[0]] : quad;
}

function elongation(quad: Quad): number {
  const [width, height] = textSize(quad);
  return Math.max(width, height) / Math.max(Math.min(width, height), 1e-9);
}

/** The median of (degrees, weight), 0 of none. */
export function medianAngle(weighted: (readonly [number, number])[]): number {
  let half = 0;
  for (const [, weight] of weighted) half += weight;
  half /= 2;
  let passed = 0;
  for (const [angle, weight] of [...weighted].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    passed += weight;
    if (passed >= half) return angle;
  }
  return 0;
}
