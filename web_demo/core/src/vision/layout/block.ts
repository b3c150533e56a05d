/** A block of a page: a tree of parts, with tables among them. */

import { bounds, type Box } from "./rows.js";

/**
 * "stack" (cut by rules) and "spaced" (by gaps) from top to bottom, "strip" of cells and "columns"
 * from left to right, "grid" around one child, "table" whose rows run across, "lines" of text.
 */
export type BlockKind = "stack" | "spaced" | "strip" | "columns" | "grid" | "table" | "lines";

const CELL_LINES = 3; // most lines of a cell in a row of a table

/** A part of a page: `children` in reading order, or the rows of a leaf's regions. */
export class Block {
  constructor(
    readonly kind: BlockKind,
    readonly box: Box,
    readonly children: readonly Block[] = [],
    readonly rows: readonly (readonly number[])[] = [],
  ) {}

  /** Its regions in reading order. */
  regions(): number[] {
    return [...this.rows.flat(), ...this.children.flatMap((child) => child.regions())];
  }

  /** Its rows in reading order; a row of a ruled table holds its cells one after the other. */
  allRows(): number[][] {
    if (this.children.length === 0) return this.rows.map((row) => [...row]);
    if (mostLines(this) === 1) return [this.regions()];
    if (this.kind === "table") return this.children.map((child) => child.regions());
    return this.children.flatMap((child) => child.allRows());
  }

  /** The tables in it that lie in no other, in reading order. */
  tables(): Block[] {
    return this.kind === "table" ? [this] : this.children.flatMap((child) => child.tables());
  }

  /** The smallest blocks in it that rules and gutters part, in reading order. */
  cells(): Block[] {
    const inner = this.children.map((child) => child.cells());
    const whole = this.kind === "spaced" || this.kind === "lines";
    if (whole && inner.every((cells) => cells.length === 1)) return [this];
    const cells = inner.flat();
    return cells.length ? cells : [this];
  }
}

/** The children of a stack with the rows of tables that follow each other as one table. */
export function withTables(children: readonly Block[]): Block[] {
  const isRow = tableRows(children);
  const found: Block[] = [];
  children.forEach((block, start) => {
    if (!isRow[start]) found.push(block);
    else if (start === 0 || !isRow[start - 1]) {
      let stop = start;
      while (stop < children.length && isRow[stop]) stop++;
      const rows = children.slice(start, stop);
      const around = bounds(rows.map((row) => row.box), rows.map((_, n) => n));
      found.push(new Block("table", around, rows));
    }
  });
  return found;
}

/**
 * Which children of a stack are rows of a table: a strip of cells of one line; beside one, a strip of
 * as many cells, three or more, of few lines; between two, a lone region.
 */
function tableRows(children: readonly Block[]): boolean[] {
  const lines = children.map(mostLines);
  const cells = children.map((child) => child.children.length);
  const isRow = lines.map((most) => most === 1);
  lines.forEach((most, number) => {
    const like = [number - 1, number + 1].some((n) => lines[n] === 1 && cells[n] === cells[number]);
    if (like && cells[number]! > 2 && most <= CELL_LINES) isRow[number] = true;
  });
  const certain = isRow.flatMap((row, number) => (row ? [number] : []));
  certain.slice(1).forEach((after, n) => {
    const before = certain[n]!;
    const between = children.slice(before + 1, after);
    if (between.every((child) => child.regions().length === 1)) isRow.fill(true, before, after);
  });
  return isRow;
}

/** The lines of the longest cell of a strip; more than any table has for another block. */
function mostLines(block: Block): number {
  if (block.kind !== "strip" || block.children.some((cell) => cell.kind !== "lines")) {
    return CELL_LINES + 1;
  }
  return Math.max(...block.children.map((cell) => cell.rows.length));
}
