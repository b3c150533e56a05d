/** A page as it is looked at, turned upright and made flat, and the way back to the page given. */

import { turned } from "../crop.js";
import type { Point, Quad } from "../geometry.js";
import type { Page } from "../page.js";
import { region, type Region } from "../regions.js";
import type { Bend } from "./bend.js";

/**
 * A page made upright and flat.
 *
 * page: as it is looked at; given: as it was opened, the same object where nothing was to be done;
 * upright: the one given, turned by `quarters`, counter-clockwise; bend: how that one lies.
 */
export class View {
  private constructor(
    readonly page: Page,
    readonly given: Page,
    private readonly upright: Page,
    readonly quarters: number,
    readonly bend: Bend | undefined,
  ) {}

  /** The view of a page turned by quarters, counter-clockwise. */
  static of(page: Page, quarters = 0): View {
    const turns = quarters % 4;
    if (turns === 0) return new View(page, page, page, 0, undefined);
    const whole = { left: 0, top: 0, across: page.width, down: page.height };
    const upright = page.with(turned(page.image, whole, turns));
    return new View(upright, page, upright, turns, undefined);
  }

  /** The view with what it shows made flat, also where it was made flatter before. */
  flattened(bend: Bend): View {
    const whole = this.bend ? bend.of(this.bend) : bend;
    const page = this.upright.with(whole.flatten(this.upright.image));
    return new View(page, this.given, this.upright, this.quarters, whole);
  }

  /** Degrees, clockwise, by which the page was turned to be read: 0, 90, 180 or 270. */
  get turned(): number {
    return ((4 - this.quarters) % 4) * 90;
  }

  /** Where a quad of the page looked at lies on the page as given. */
  toGiven(quad: Quad): Quad {
    if (this.page === this.given) return quad;
    return quad.map((point) => this.pointGiven(point)) as unknown as Quad;
  }

  /** Regions of the page looked at as regions of the page as given. */
  regionsGiven(found: readonly Region[]): readonly Region[] {
    return this.page === this.given ? found : found.map(({ quad, score }) => region(this.toGiven(quad), score));
  }

  private pointGiven(point: Point): Point {
    const [x, y] = this.bend ? this.bend.toBent(point) : point;
    const { width, height } = this.given;
    const ways: Point[] = [[x, y], [width - y, x], [width - x, height - y], [y, height - x]];
    const [left, top] = ways[this.quarters]!;
    const inside = (value: number, most: number) => Math.fround(Math.min(Math.max(value, 0), most));
    return [inside(left, width), inside(top, height)];
  }
}
