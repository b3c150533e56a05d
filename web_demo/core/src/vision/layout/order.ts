/**
 * The order in which the regions of a page are read, and their places.
 *
 * By "rows" a page is read row by row across its whole width; by "layout" block by block.
 */

import type { Canvas } from "../canvas.js";
import { bounds, median, rotateQuad, textAngle, textSize, type Box, type Point, type Quad } from "../geometry.js";
import { LINE, medianAngle, type Region, type Size } from "../regions.js";
import { canvasBoxes, findBlocks } from "./blocks.js";
import { findDocuments } from "./documents.js";
import { slopeOf } from "./integers.js";
import { findRules } from "./ruled_lines.js";

const CELL = 8; // most regions of a cell that are read together

export type ReadingOrder = "rows" | "layout";

/** Centre x and y, width and height, divided by the page's: float32 values. */
export type Place = readonly [number, number, number, number];

/** Regions in reading order. */
interface Laid {
  readonly regions: Region[];
  readonly layout: Layout;
}

/**
 * How the regions of a page lie, by their places in reading order.
 *
 * document: of each, where several lie side by side on the page; none for one.
 */
export class Layout {
  private cellPlaces: Place[] | undefined;

  constructor(
    readonly rows: readonly (readonly number[])[],
    readonly cell: readonly number[],
    readonly table: readonly number[],
    readonly geometry: readonly Place[],
    readonly document: readonly number[] = [],
  ) {}

  /** The place of the cell around each region. */
  get cells(): readonly Place[] {
    if (this.cellPlaces) return this.cellPlaces;
    const around = new Map<number, Box>();
    this.geometry.forEach(([x, y, width, height], index) => {
      const box: Box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      const other = around.get(this.cell[index]!);
      const both = other ? bounds([[box[0], box[1]], [box[2], box[3]], [other[0], other[1]], [other[2], other[3]]]) : box;
      around.set(this.cell[index]!, both);
    });
    return (this.cellPlaces = this.cell.map((number) => placeOf(around.get(number)!)));
  }

  /** The regions that explain one: those of its cell, or its row and its column's header. */
  companions(place: number): number[] {
    const table = this.table[place]!;
    if (table < 0) {
      const cell = this.cell.flatMap((number, other) => (number === this.cell[place] ? [other] : []));
      return this.cell.some((number) => number !== 0) && cell.length <= CELL ? cell : [];
    }
    const first = this.rows.find((row) => row.includes(place))![0]!;
    const [x, , width] = this.geometry[place]!;
    const header = this.geometry.findIndex(([x2, , width2], other) => {
      const apart = 2 * Math.abs(Math.fround(x - x2));
      return this.table[other] === table && apart < Math.fround(width + width2);
    });
    return header < 0 ? [first] : [first, header];
  }
}

/** Bring the regions of a page into reading order, document by document. */
export function layOut(found: readonly Region[], canvas: Canvas, page: Size, by: ReadingOrder): Laid {
  const skew = estimateSkew(found);
  const documents = documentsOf(found, canvas, skew);
  const parts = documents.map((document) =>
    layOutOne(document.map((index) => found[index]!), canvas, page, by, skew),
  );
  if (parts.length === 1) return parts[0]!;
  const rows: number[][] = [], cell: number[] = [], table: number[] = [], document: number[] = [];
  parts.forEach(({ layout }, number) => {
    const places = cell.length, cells = Math.max(-1, ...cell) + 1, tables = Math.max(-1, ...table) + 1;
    rows.push(...layout.rows.map((row) => row.map((place) => place + places)));
    cell.push(...layout.cell.map((own) => own + cells));
    table.push(...layout.table.map((own) => (own < 0 ? -1 : own + tables)));
    document.push(...layout.cell.map(() => number));
  });
  const places = framed(parts.flatMap(({ layout }) => layout.geometry), document);
  return { regions: parts.flatMap(({ regions }) => regions), layout: new Layout(rows, cell, table, places, document) };
}

/** Places on the page as places on the documents, which share its width. */
export function framed(places: readonly Place[], documents: readonly number[]): Place[] {
  const count = Math.max(...documents) + 1;
  const starts = new Array<number>(count).fill(Infinity), stops = new Array<number>(count).fill(-Infinity);
  places.forEach(([x, , width], index) => {
    const own = documents[index]!;
    starts[own] = Math.min(starts[own]!, x - width / 2);
    stops[own] = Math.max(stops[own]!, x + width / 2);
  });
  const edges = [0, ...starts.slice(1).map((start, n) => (stops[n]! + start) / 2), 1];
  return places.map(([x, y, width, height], index) => {
    const left = edges[documents[index]!]!, wide = edges[documents[index]! + 1]! - left;
    return [Math.fround((x - left) / wide), y, Math.fround(width / wide), height];
  });
}

/** The documents of a page; its rules are only looked for where there may be several. */
function documentsOf(found: readonly Region[], canvas: Canvas, skew: number): number[][] {
  const slope = slopeOf(skew);
  const boxes = canvasBoxes(found.map((region) => region.quad), canvas.scale, slope);
  const documents = findDocuments(boxes, []);
  return documents.length > 1 ? findDocuments(boxes, findRules(canvas.grey, boxes, slope).level) : documents;
}

/** Bring the regions of one document into reading order. */
function layOutOne(found: readonly Region[], canvas: Canvas, page: Size, by: ReadingOrder, skew: number): Laid {
  const blocks =
    by === "rows"
      ? { rows: readingOrder(found, skew), cell: found.map(() => 0), table: found.map(() => -1) }
      : findBlocks(canvas.grey, found.map((region) => region.quad), canvas.scale, skew);
  const order = blocks.rows.flat();
  let place = 0;
  const regions = order.map((index) => found[index]!);
  const layout = new Layout(
    blocks.rows.map((row) => row.map(() => place++)),
    order.map((index) => blocks.cell[index]!),
    order.map((index) => blocks.table[index]!),
    geometry(regions, page, skew),
  );
  return { regions, layout };
}

/** The page's tilt in degrees, in (-45, 45]; positive is clockwise. */
export function estimateSkew(regions: readonly Region[]): number {
  const angles: [number, number][] = [];
  for (const region of regions) {
    const [width, height] = textSize(region.quad);
    if (width > LINE * height) angles.push([fold(textAngle(region.quad)), width]);
  }
  return medianAngle(angles);
}

/** The rows of a page, top to bottom, each the indices of its regions, left to right. */
export function readingOrder(regions: readonly Region[], skew = 0): number[][] {
  const boxes = regions.map((region) => turned(region.quad, -skew, [0, 0]));
  const heights = boxes.map((box) => box[3] - box[1]);
  const cap = 1.5 * median(heights);
  const middle = boxes.map((box) => (box[1] + box[3]) / 2);
  const height = heights.map((value) => Math.min(value, cap));
  const order = regions.map((_, index) => index);
  order.sort((a, b) => boxes[a]![0] - boxes[b]![0] || middle[a]! - middle[b]!);
  const rows: number[][] = [];
  for (const index of order) {
    const [x0, , x1] = boxes[index]!;
    let nearest = Infinity, best: number[] | undefined;
    for (const row of rows) {
      const last = row[row.length - 1]!;
      const [left, , right] = boxes[last]!;
      const gap = Math.abs(middle[index]! - middle[last]!);
      const shared = (height[index]! + height[last]!) / 2 - gap;
      const stacked = right - x0 > 0.5 * Math.min(x1 - x0, right - left);
      const level = shared >= 0.5 * Math.min(height[index]!, height[last]!);
      if (level && !stacked && gap < nearest) [nearest, best] = [gap, row];
    }
    if (best) best.push(index);
    else rows.push([index]);
  }
  const mean = (row: number[]) => row.reduce((sum, index) => sum + middle[index]!, 0) / row.length;
  return rows.sort((a, b) => mean(a) - mean(b));
}

/** The places of regions in the page turned upright about its centre. */
export function geometry(regions: readonly Region[], page: Size, skew = 0): Place[] {
  const centre: Point = [page.width / 2, page.height / 2];
  return regions.map((region) => placeOf(turned(region.quad, -skew, centre), page));
}

function placeOf([x0, y0, x1, y1]: Box, page: Size = { width: 1, height: 1 }): Place {
  return [
    Math.fround((x0 + x1) / 2 / page.width),
    Math.fround((y0 + y1) / 2 / page.height),
    Math.fround((x1 - x0) / page.width),
    Math.fround((y1 - y0) / page.height),
  ];
}

function turned(quad: Quad, degrees: number, centre: Point): Box {
  return bounds(rotateQuad(quad, degrees, centre));
}

/** The angle of the same line in (-45, 45], whichever way it is read. */
function fold(angle: number): number {
  const rest = angle % 90;
  const folded = rest < 0 ? rest + 90 : rest;
  return folded > 45 ? folded - 90 : folded;
}
