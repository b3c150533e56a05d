/** Grids: rules that touch each other, such as those of a table or of a form's cells. */

import { DisjointSets } from "../disjoint_sets.js";
import { compare } from "./integers.js";
import type { Box } from "./rows.js";
import type { Rules } from "./ruled_lines.js";

const TOUCH = 8; // pixels that rules of one grid may be apart

/** Rules that touch each other, and the box around them. */
export interface Grid {
  readonly box: Box;
  readonly rules: Rules;
}

/** The groups of rules that touch, by falling area: three or more of both directions around two regions. */
export function findGrids(rules: Rules, regions: readonly Box[]): Grid[] {
  const levels = rules.level.length;
  const touching = new DisjointSets(levels + rules.upright.length);
  rules.level.forEach(([at, start, stop], number) => {
    rules.upright.forEach(([u, top, foot], other) => {
      if (u < start - TOUCH || u > stop + TOUCH || at < top - TOUCH || at > foot + TOUCH) return;
      touching.join(number, levels + other);
    });
  });
  const grids: Grid[] = [];
  for (const mine of touching.groups()) {
    const level = mine.filter((n) => n < levels).map((n) => rules.level[n]!);
    const upright = mine.filter((n) => n >= levels).map((n) => rules.upright[n - levels]!);
    if (level.length === 0 || upright.length === 0 || mine.length < 3) continue;
    const u = [...upright.map((rule) => rule[0]), ...level.flatMap((rule) => rule.slice(1))];
    const v = [...level.map((rule) => rule[0]), ...upright.flatMap((rule) => rule.slice(1))];
    const box: Box = [Math.min(...u), Math.min(...v), Math.max(...u), Math.max(...v)];
    const grid: Grid = { box, rules: { level, upright } };
    if (regions.filter((region) => innermost(region, [grid]) === 0).length > 1) grids.push(grid);
  }
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return grids.sort((a, b) => compare([-area(a.box), ...a.box], [-area(b.box), ...b.box]));
}

/** The number of the last of these grids that holds the middle of a box, -1 for none. */
export function innermost(box: Box, grids: readonly Grid[]): number {
  for (let number = grids.length - 1; number >= 0; number--) {
    const [u0, v0, u1, v1] = grids[number]!.box;
    const u = box[0] + box[2], v = box[1] + box[3];
    if (2 * u0 <= u && u <= 2 * u1 && 2 * v0 <= v && v <= 2 * v1) return number;
  }
  return -1;
}
