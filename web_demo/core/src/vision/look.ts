/** One cheap look at a whole page: its regions in reading order, each read roughly. */

import type { Engine } from "../engine.js";
import type { Watch } from "../runtime/watch.js";
import { Straightener, type Seen } from "./flat/straightener.js";
import { View, type Way } from "./flat/view.js";
import { subQuad, type Quad } from "./geometry.js";
import { glance, type Glance } from "./glance.js";
import { layOut, type Layout } from "./layout/order.js";
import type { Page } from "./page.js";
import type { Region } from "./regions.js";

/** A page after detect, layout and glance. */
export class LookedPage {
  /** The regions on the page as it was opened, in reading order. */
  readonly regions: readonly Region[];

  /**
   * page: as it was looked at, turned and made flat where needed; way: back from it; flat: the regions on
   * it; first: the first region's index in the document; parts: that the page was looked at in.
   */
  constructor(
    readonly page: Page,
    private readonly way: Way,
    readonly flat: readonly Region[],
    readonly layout: Layout,
    readonly glance: Glance,
    readonly first: number,
    readonly parts: number,
  ) {
    this.regions = way.regionsGiven(flat);
  }

  /** Degrees, clockwise, by which the page was turned to be read: 0, 90, 180 or 270. */
  get turned(): number {
    return this.way.turned;
  }

  /** Whether the page was bent, or seen from the side, and was made flat to be read. */
  get straightened(): boolean {
    return this.way.bend !== undefined;
  }

  /** The part of a region between two fractions, 0 to 1, of its reading direction. */
  part(place: number, start: number, end: number): Quad {
    return this.way.toGiven(subQuad(this.flat[place]!.quad, start, end));
  }
}

/** Find a page's regions, order them, and glance at each of them. */
export async function look(engine: Engine, page: Page, first: number, watch: Watch): Promise<LookedPage> {
  const { characters, manifest, stages } = engine;
  const { glance_height, reading_order, refine_widths } = manifest.host;
  const steps = new Straightener(stages, characters.refine, refine_widths, watch);

  async function looked({ view, found }: Seen): Promise<LookedPage> {
    const { regions, layout } = await watch.timed("layout", () =>
      layOut(found.regions, found.canvas, view.page, reading_order),
    );
    const seen = await watch.timed("glance", async () =>
      glance(await stages.session("glance"), view.page, regions, characters.glance, glance_height, watch),
    );
    return new LookedPage(view.page, view.way, regions, layout, seen, first, found.parts);
  }

  const seen = await steps.upright(View.of(page));
  const once = await looked(seen);
  const isOver = await steps.isUpsideDown(seen.view.page, once.flat, once.glance.readings);
  return isOver ? looked(await steps.turnedOver(seen.view)) : once;
}
