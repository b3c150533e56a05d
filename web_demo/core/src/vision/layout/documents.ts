/**
 * Several documents side by side on one page, such as two receipts on one scan.
 *
 * An empty gutter from top to foot parts two documents when what lies on either side of it is a whole
 * document: rows of labels and values, and titles or other lines that run across the gap between them.
 */

import { compare } from "./integers.js";
import { gaps, medianHeight, rowsOf, type Box } from "./rows.js";
import type { Rule } from "./ruled_lines.js";

const GUTTER = 3; // halves of a line's height: the narrowest gap between two documents
const ROWS = 6; // least rows of a document
const PAIRS = 3; // least rows of two regions or more

/** The documents of a page from left to right, each the indices of its regions; one as a rule. */
export function findDocuments(boxes: readonly Box[], levelRules: readonly Rule[]): number[][] {
  const everything = boxes.map((_, index) => index);
  return documentsOf(boxes, everything, levelRules) ?? [everything];
}

/** The documents that some regions are, or undefined where they are none. */
function documentsOf(boxes: readonly Box[], indices: number[], rules: readonly Rule[]): number[][] | undefined {
  if (indices.length < 2 * PAIRS) return undefined;
  const tall = medianHeight(boxes, indices);
  const gutters = gaps(boxes, indices, 0).filter(([left, right]) => 2 * (right - left) >= GUTTER * tall);
  gutters.sort((a, b) => compare([a[0] - a[1], a[0]], [b[0] - b[1], b[0]]));
  for (const [left, right] of gutters) {
    if (rules.some(([, start, stop]) => start < left && stop > right)) continue;
    const isLeft = (index: number) => boxes[index]![0] + boxes[index]![2] < left + right;
    const one = documentsOf(boxes, indices.filter(isLeft), rules);
    const other = documentsOf(boxes, indices.filter((index) => !isLeft(index)), rules);
    if (one && other) return [...one, ...other];
  }
  // What has a gutter of its own, and is no two documents, is a half of one.
  return gutters.length || !isWhole(boxes, indices) ? undefined : [indices];
}

function isWhole(boxes: readonly Box[], indices: readonly number[]): boolean {
  const rows = rowsOf(boxes, indices);
  return rows.length >= ROWS && rows.filter((row) => row.length > 1).length >= PAIRS;
}
