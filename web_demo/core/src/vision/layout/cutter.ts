/** Cut a page into blocks: by grids, ruled lines and white space. */

import { Block, withTables } from "./block.js";
import { findGrids, innermost, type Grid } from "./grids.js";
import { compare, floorDiv } from "./integers.js";
import {
  alignedRows,
  bounds,
  coveredLength,
  gaps,
  isSideBySide,
  levelText,
  medianHeight,
  rowsOf,
  type Box,
} from "./rows.js";
import type { Rule, Rules } from "./ruled_lines.js";

const SPANS = 80; // percent of a block that a level rule covers to cut it
const SPANS_UPRIGHT = 65; // percent that an upright one covers
const DOUBLE = 8; // pixels between the two lines of a double rule
const TABLE_ROWS = 4; // rows that run across columns: fewer are labelled cells
const ACROSS = 60; // percent of a table's rows that run across
const NARROW = 30; // percent of a table's width that a column of numbers beside its lines has at most
const BESIDE = 70; // percent of the rows of such a column that lie beside a line
const DEEPEST = 30;

/** Cuts blocks of one page. An index from the number of regions on means a grid. */
export class Cutter {
  private readonly count: number;
  private readonly grids: readonly Grid[];
  private readonly boxes: readonly Box[];
  private readonly inside = new Map<number, number[]>();
  private rules: Rules;

  constructor(regions: readonly Box[], rules: Rules) {
    this.count = regions.length;
    this.grids = findGrids(rules, regions);
    this.boxes = [...regions, ...this.grids.map((grid) => grid.box)];
    const taken = (side: keyof Rules) =>
      new Set(this.grids.flatMap((grid) => grid.rules[side].map(String)));
    const level = taken("level"), upright = taken("upright");
    this.rules = {
      level: rules.level.filter((rule) => !level.has(String(rule))),
      upright: rules.upright.filter((rule) => !upright.has(String(rule))),
    };
    // What lies in a grid and in no smaller one; the page is grid -1.
    this.boxes.forEach((box, index) => {
      // A grid lies in an earlier, larger one.
      const outer = index >= this.count ? this.grids.slice(0, index - this.count) : this.grids;
      const number = innermost(box, outer);
      this.inside.set(number, [...(this.inside.get(number) ?? []), index]);
    });
  }

  /** The block of the whole page. */
  page(): Block {
    return this.block(this.own(-1), 0);
  }

  /** What lies in a grid, without grids that hold no region. */
  private own(grid: number): number[] {
    const own = this.inside.get(grid) ?? [];
    return own.filter((i) => i < this.count || this.regionsIn(i - this.count).length > 0);
  }

  /** The regions in a grid and in the grids in it. */
  private regionsIn(grid: number): number[] {
    const own = this.inside.get(grid) ?? [];
    return own
      .flatMap((index) => (index < this.count ? [index] : this.regionsIn(index - this.count)))
      .sort((a, b) => a - b);
  }

  /** The block of these regions and grids, cut as long as something cuts it. */
  private block(indices: readonly number[], depth: number): Block {
    const grids = indices.filter((index) => index >= this.count);
    if (grids.length) {
      const place = (index: number) => [this.boxes[index]![1], ...this.boxes[index]!];
      const first = grids.reduce((a, b) => (compare(place(b), place(a)) < 0 ? b : a));
      if (this.goesOnBeside(first, indices)) {
        return this.block(this.withoutGrid(indices, first), depth);
      }
      return this.aroundGrid(indices, first, depth);
    }
    if (indices.length > 1 && depth < DEEPEST) {
      const found =
        this.byLevel(indices, depth) ??
        this.byUpright(indices, depth) ??
        this.byGutter(indices, depth) ??
        this.byGap(indices, depth);
      if (found) return found;
    }
    return new Block("lines", bounds(this.boxes, indices), [], rowsOf(this.boxes, indices));
  }

  /** Whether the rows of a grid go on beside it, as those of amounts beside a form's lines. */
  private goesOnBeside(grid: number, indices: readonly number[]): boolean {
    const [, top, , bottom] = this.boxes[grid]!;
    const inner = this.regionsIn(grid - this.count);
    const outer = indices.filter((index) => {
      const middle = this.boxes[index]![1] + this.boxes[index]![3]; // doubled
      return index < this.count && 2 * top <= middle && middle <= 2 * bottom;
    });
    const all = [...inner, ...outer].sort((a, b) => a - b);
    const together = alignedRows(this.boxes, rowsOf(this.boxes, all), [inner, outer]);
    const fewer = outer.length
      ? Math.min(...[inner, outer].map((part) => rowsOf(this.boxes, part).length))
      : 0;
    return together >= TABLE_ROWS && 100 * together >= BESIDE * fewer;
  }

  /** Take a grid for loose rules, and what lies in it for regions beside the others. */
  private withoutGrid(indices: readonly number[], grid: number): number[] {
    const { level, upright } = this.grids[grid - this.count]!.rules;
    this.rules = {
      level: [...this.rules.level, ...level].sort(compare),
      upright: [...this.rules.upright, ...upright].sort(compare),
    };
    const others = indices.filter((index) => index !== grid);
    return [...others, ...this.own(grid - this.count)].sort((a, b) => a - b);
  }

  /** A grid with what lies above it, left, right and below, in this order. */
  private aroundGrid(indices: readonly number[], grid: number, depth: number): Block {
    const [u0, v0, u1, v1] = this.boxes[grid]!;
    const above: number[] = [], left: number[] = [], right: number[] = [], below: number[] = [];
    for (const index of indices) {
      if (index === grid) continue;
      const box = this.boxes[index]!;
      if (box[1] + box[3] < 2 * v0) above.push(index);
      else if (box[1] + box[3] > 2 * v1) below.push(index);
      else (box[0] + box[2] < u0 + u1 ? left : right).push(index);
    }
    const outer = this.rules;
    this.rules = this.grids[grid - this.count]!.rules;
    const content = this.block(this.own(grid - this.count), depth + 1);
    const inner = new Block("grid", this.boxes[grid]!, [content]);
    this.rules = outer;
    const part = (of: number[]) => (of.length ? [this.block(of, depth + 1)] : []);
    const row = [...part(left), inner, ...part(right)];
    const around = bounds(this.boxes, [grid, ...left, ...right]);
    const middle = row.length > 1 ? new Block("columns", around, row) : inner;
    const kept = [...part(above), middle, ...part(below)];
    return kept.length > 1 ? new Block("stack", bounds(this.boxes, indices), kept) : kept[0]!;
  }

  /** Regions between the cuts, by their middles; empty parts are left out. */
  private parts(indices: readonly number[], cuts: readonly number[], axis: 0 | 1): number[][] {
    const parts: number[][] = Array.from({ length: cuts.length + 1 }, () => []);
    for (const index of indices) {
      const middle = this.boxes[index]![axis] + this.boxes[index]![axis + 2]!;
      parts[cuts.filter((cut) => 2 * cut <= middle).length]!.push(index);
    }
    return parts.filter((part) => part.length);
  }

  private byLevel(indices: readonly number[], depth: number): Block | undefined {
    const box = bounds(this.boxes, indices);
    const parts = this.parts(indices, this.ruleCuts(indices, this.rules.level, 1, SPANS), 1);
    if (parts.length < 2) return undefined;
    const children = parts.map((part) => this.block(part, depth + 1));
    for (let number = children.length - 1; number > 0; number--) {
      this.takeHeader(children, parts, number, depth);
    }
    const stacked = withTables(children);
    return stacked.length > 1 ? new Block("stack", box, stacked) : stacked[0];
  }

  /** Give a table whose columns go on above the rule the row that lies there. */
  private takeHeader(children: Block[], parts: number[][], number: number, depth: number): void {
    const table = children[number]!, above = parts[number - 1]!;
    if (table.kind !== "table" || table.children.length) return;
    const rows = rowsOf(this.boxes, above);
    const last = rows[rows.length - 1]!;
    if (last.length < 2 || last.length > Math.max(...table.rows.map((row) => row.length))) return;
    const cuts = this.ruleCuts(parts[number]!, this.rules.upright, 0, SPANS_UPRIGHT);
    const [, top, , bottom] = bounds(this.boxes, last);
    const beside = this.rules.upright.filter(
      ([, start, stop]) => 2 * start <= top + bottom && top + bottom <= 2 * stop,
    );
    const reaches = ([at]: Rule) => cuts.some((cut) => at - cut >= 0 && at - cut <= DOUBLE);
    if (!beside.some(reaches)) return;
    const around = bounds(this.boxes, [...last, ...parts[number]!]);
    children[number] = new Block("table", around, [], [last, ...table.rows]);
    const left = above.filter((index) => !last.includes(index));
    if (left.length) children[number - 1] = this.block(left, depth + 1);
    else {
      children.splice(number - 1, 1);
      parts.splice(number - 1, 1);
    }
  }

  private byUpright(indices: readonly number[], depth: number): Block | undefined {
    const box = bounds(this.boxes, indices);
    const cuts = this.ruleCuts(indices, this.rules.upright, 0, SPANS_UPRIGHT);
    const parts = this.parts(indices, cuts, 0);
    if (parts.length < 2) return undefined;
    const level = levelText(this.boxes, indices);
    const inside = parts.map((part) => part.filter((index) => level.includes(index)));
    const rows = rowsOf(this.boxes, [...level].sort((a, b) => a - b));
    if (this.runsAcross(rows, inside, box)) {
      return new Block("table", box, [], rowsOf(this.boxes, indices));
    }
    return new Block("strip", box, parts.map((part) => this.block(part, depth + 1)));
  }

  /** Whether rows are read across upright rules: most do, or narrow parts lie beside one. */
  private runsAcross(rows: number[][], parts: number[][], box: Box): boolean {
    if (rows.length < TABLE_ROWS || parts.some((part) => part.length === 0)) return false;
    const across = alignedRows(this.boxes, rows, parts);
    if (across >= TABLE_ROWS && 100 * across >= ACROSS * rows.length) return true;
    const widths = parts.map((part) => {
      const [u0, , u1] = bounds(this.boxes, part);
      return u1 - u0;
    });
    const widest = widths.indexOf(Math.max(...widths));
    return parts.every((part, number) => {
      if (number === widest) return true;
      const own = rowsOf(this.boxes, part);
      const together = alignedRows(this.boxes, rows, [parts[widest]!, part]);
      const narrow = 100 * widths[number]! <= NARROW * (box[2] - box[0]);
      return narrow && 100 * together >= BESIDE * own.length;
    });
  }

  private byGutter(indices: readonly number[], depth: number): Block | undefined {
    const box = bounds(this.boxes, indices);
    const tall = medianHeight(this.boxes, indices);
    const found = gaps(this.boxes, indices, 0).filter(([low, high]) => high - low >= tall);
    // All gutters at once, else the widest alone.
    const widest = [...found].sort((a, b) => compare([a[0] - a[1], a[0]], [b[0] - b[1], b[0]]));
    const choices = [...(found.length > 1 && found.length < 4 ? [found] : []), widest.slice(0, 1)];
    for (const chosen of choices) {
      const parts = this.parts(indices, chosen.map(([a, b]) => floorDiv(a + b, 2)), 0);
      const gutter = Math.min(...chosen.map(([a, b]) => b - a));
      if (parts.length > 1 && isSideBySide(this.boxes, parts, gutter, tall)) {
        return new Block("columns", box, parts.map((part) => this.block(part, depth + 1)));
      }
    }
    return undefined;
  }

  private byGap(indices: readonly number[], depth: number): Block | undefined {
    const tall = medianHeight(this.boxes, indices);
    const found = gaps(this.boxes, indices, 1).filter(([a, b]) => 4 * (b - a) >= 3 * tall);
    if (found.length === 0) return undefined;
    const most = Math.max(...found.map(([a, b]) => b - a));
    const wide = found.filter(([a, b]) => 10 * (b - a) >= 7 * most);
    const parts = this.parts(indices, wide.map(([a, b]) => floorDiv(a + b, 2)), 1);
    const children = parts.map((part) => this.block(part, depth + 1));
    return new Block("spaced", bounds(this.boxes, indices), children);
  }

  /** Where rules across `axis` cut the regions: one place for each rule, or double rule. */
  private ruleCuts(indices: readonly number[], rules: readonly Rule[], axis: 0 | 1, percent: number): number[] {
    const box = bounds(this.boxes, indices);
    const first = box[1 - axis]!, last = box[3 - axis]!;
    const near = rules.filter(([at]) => box[axis] < at && at < box[axis + 2]!);
    const cuts: number[] = [];
    for (const [at] of near) {
      if (cuts.length && at - cuts[cuts.length - 1]! <= DOUBLE) continue;
      const beside = near.filter(([other]) => other - at >= 0 && other - at <= DOUBLE);
      const spans = beside.map(([, start, stop]): [number, number] => [start, stop]);
      const covered = coveredLength(spans, first, last);
      if (100 * covered >= percent * (last - first) && !this.crossed(indices, at, axis)) cuts.push(at);
    }
    return cuts;
  }

  /** Whether a place lies in the middle half of a region. */
  private crossed(indices: readonly number[], at: number, axis: 0 | 1): boolean {
    return indices.some((index) => {
      const low = this.boxes[index]![axis], high = this.boxes[index]![axis + 2]!;
      return 4 * low + (high - low) < 4 * at && 4 * at < 4 * high - (high - low);
    });
  }
}
