/** One cheap look at a whole page: its regions in reading order, each read roughly. */

import type { Stages } from "../runtime/stages.js";
import type { Watch } from "../runtime/watch.js";
import { detect } from "./detect.js";
import { glance, type Glance } from "./glance.js";
import { layOut, type Layout, type ReadingOrder } from "./layout/order.js";
import type { Page } from "./page.js";
import type { Region } from "./regions.js";

/** A page after detect, layout and glance; `first` is its first region's index in the document. */
export interface LookedPage {
  readonly page: Page;
  readonly regions: readonly Region[];
  readonly layout: Layout;
  readonly glance: Glance;
  readonly first: number;
}

export interface LookOptions {
  readonly alphabet: readonly string[];
  readonly glanceHeight: number;
  readonly readingOrder: ReadingOrder;
}

export async function look(page: Page, stages: Stages, options: LookOptions, first: number, watch: Watch): Promise<LookedPage> {
  const { found, canvas } = await watch.timed("detect", async () => detect(await stages.session("detect"), page));
  const { regions, layout } = await watch.timed("layout", () => layOut(found, canvas, page, options.readingOrder));
  const seen = await watch.timed("glance", async () =>
    glance(await stages.session("glance"), page, regions, options.alphabet, options.glanceHeight, watch),
  );
  return { page, regions, layout, glance: seen, first };
}
