/** A page as it is looked at, turned upright and made flat, and the way back to the page given. */

import { turned } from "../crop.js";
import type { Point, Quad } from "../geometry.js";
import type { Page } from "../page.js";
import { region, type Region, type Size } from "../regions.js";
import type { Bend } from "./bend.js";

/** The way from a page looked at back to the page given, of `size`; it holds no pixels. */
export class Way {
  /** quarters: by which the page was turned, counter-clockwise; bend: how the turned one lies. */
  constructor(
    private readonly size: Size,
    readonly quarters: number,
    readonly bend?: Bend,
  ) {}

  /** Degrees, clockwise, by which the page was turned to be read: 0, 90, 180 or 270. */
  get turned(): number {
    return ((4 - this.quarters) % 4) * 90;
  }

  /** Where a quad of the page looked at lies on the page as given. */
  toGiven(quad: Quad): Quad {
    if (!this.quarters && !this.bend) return quad;
    return quad.map((point) => this.pointGiven(point)) as unknown as Quad;
  }

  /** Regions of the page looked at as regions of the page as given. */
  regionsGiven(found: readonly Region[]): readonly Region[] {
    if (!this.quarters && !this.bend) return found;
    return found.map(({ quad, score }) => region(this.toGiven(quad), score));
  }

  private pointGiven(point: Point): Point {
    const [x, y] = this.bend ? this.bend.toBent(point) : point;
    const { width, height } = this.size;
    const ways: Point[] = [[x, y], [width - y, x], [width - x, height - y], [y, height - x]];
    const [left, top] = ways[this.quarters]!;
    const inside = (value: number, most: number) => Math.fround(Math.min(Math.max(value, 0), most));
    return [inside(left, width), inside(top, height)];
  }
}

/**
 * A page made upright and flat.
 *
 * page: as it is looked at; given: as it was opened, the same object where nothing was to be done;
 * upright: the one given, turned.
 */
export class View {
  private constructor(
    readonly page: Page,
    readonly given: Page,
    private readonly upright: Page,
    readonly way: Way,
  ) {}

  /** The view of a page turned by quarters, counter-clockwise. */
  static of(page: Page, quarters = 0): View {
    const turns = quarters % 4, way = new Way(sizeOf(page), turns);
    if (turns === 0) return new View(page, page, page, way);
    const upright = page.with(turned(page.image, { left: 0, top: 0, across: page.width, down: page.height }, turns));
    return new View(upright, page, upright, way);
  }

  /** The view with what it shows made flat, also where it was made flatter before. */
  flattened(bend: Bend): View {
    const { quarters, bend: first } = this.way;
    const whole = first ? bend.of(first) : bend;
    const page = this.upright.with(whole.flatten(this.upright.image));
    return new View(page, this.given, this.upright, new Way(sizeOf(this.given), quarters, whole));
  }
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}
