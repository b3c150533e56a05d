/**
 * The page as a tree of blocks, and the order in which its regions are read.
 *
 * Rules that touch each other make a grid, which is read apart from what lies around it. Elsewhere,
 * after the recursive XY cut (Nagy and Seth, 1984), ruled lines come before white space.
 */

import type { Quad } from "../geometry.js";
import type { Pixels } from "../resize.js";
import { Block } from "./block.js";
import { Cutter } from "./cutter.js";
import { shift, slopeOf } from "./integers.js";
import type { Box } from "./rows.js";
import { findRules, type Rules } from "./ruled_lines.js";

/** Blocks of a page; `cell` and `table` number those of each region in reading order, -1 for none. */
export interface Blocks {
  readonly root: Block;
  readonly rows: readonly (readonly number[])[];
  readonly cell: readonly number[];
  readonly table: readonly number[];
}

/** Boxes u0 v0 u1 v1 of quads in whole canvas pixels. */
export function uprightBoxes(quads: readonly Quad[], slope: number): Box[] {
  return quads.map((quad) => {
    const u = quad.map(([x, y]) => x + shift(y, slope));
    const v = quad.map(([x, y]) => y + shift(x, -slope));
    return [Math.min(...u), Math.min(...v), Math.max(...u), Math.max(...v)];
  });
}

/** Those boxes of quads in page pixels, at canvas pixels per page pixel. */
export function canvasBoxes(quads: readonly Quad[], scale: number, slope: number): Box[] {
  const whole = quads.map(
    (quad) => quad.map((point) => point.map((at) => Math.floor(at * scale + 0.5))) as unknown as Quad,
  );
  return uprightBoxes(whole, slope);
}

/** The blocks of a page: its grey canvas, quads in page pixels, canvas pixels per page pixel, tilt. */
export function findBlocks(grey: Pixels, quads: readonly Quad[], scale: number, skew: number): Blocks {
  const slope = slopeOf(skew);
  const boxes = canvasBoxes(quads, scale, slope);
  return arrange(boxes, findRules(grey, boxes, slope));
}

/** Arrange regions, given their boxes and the rules of their page. */
export function arrange(boxes: readonly Box[], rules: Rules): Blocks {
  if (boxes.length === 0) {
    return { root: new Block("lines", [0, 0, 0, 0]), rows: [], cell: [], table: [] };
  }
  const root = new Cutter(boxes, rules).page();
  const cell = boxes.map(() => 0), table = boxes.map(() => -1);
  root.cells().forEach((part, number) => part.regions().forEach((index) => (cell[index] = number)));
  root.tables().forEach((part, number) => part.regions().forEach((index) => (table[index] = number)));
  return { root, rows: root.allRows(), cell, table };
}
