/** The steps that bring a page upright and flat: detect, turn, flatten, detect again. */

import type { Stages } from "../../runtime/stages.js";
import type { Watch } from "../../runtime/watch.js";
import { detect, type Detected } from "../detect.js";
import { median, textSize } from "../geometry.js";
import type { Page } from "../page.js";
import { refine } from "../refine.js";
import type { Region } from "../regions.js";
import { findBend } from "./bend.js";
import { isUpsideDown, quartersOf, withUpwardLines, type ReadLines } from "./turn.js";
import { View } from "./view.js";

const FLATTENED = 2; // most rounds

/** A page as it is looked at, and what was found on it. */
export interface Seen {
  readonly view: View;
  readonly found: Detected;
}

/** Brings pages upright and flat; `alphabet` and `widths` are those of `refine`. */
export class Straightener {
  constructor(
    private readonly stages: Stages,
    private readonly alphabet: readonly string[],
    private readonly widths: readonly number[],
    private readonly watch: Watch,
  ) {}

  /** The page with its lines running across, straight, and what is found on it. */
  upright(view: View): Promise<Seen> {
    return this.watch.timed("detect", async () => {
      const found = await this.detect(view);
      const quarters = await quartersOf(found.regions, this.reads(view.page));
      if (!quarters) return this.flat(view, found);
      const turned = View.of(view.given, quarters);
      return this.flat(turned, await this.detect(turned));
    });
  }

  /** The page turned by a half, and flat, and what is found on it. */
  turnedOver(view: View): Promise<Seen> {
    return this.watch.timed("detect", async () => {
      const over = View.of(view.given, view.way.quarters + 2);
      return this.flat(over, await this.detect(over));
    });
  }

  /** Whether a page is upside down; `readings` are the rough texts of its regions. */
  isUpsideDown(page: Page, found: readonly Region[], readings: readonly string[]): Promise<boolean> {
    return this.watch.timed("detect", () => isUpsideDown(found, readings, this.reads(page)));
  }

  private async detect(view: View): Promise<Detected> {
    return detect(await this.stages.session("detect"), view.page, () => this.watch.check());
  }

  /** The page made flat, and what is found on it; a strong bend takes several rounds. */
  private async flat(view: View, found: Detected): Promise<Seen> {
    for (let round = 0; round < FLATTENED; round++) {
      const tall = lineHeight(found.regions) * found.canvas.scale;
      const bend = findBend(found.components, found.canvas, tall, view.page.width);
      if (!bend) break;
      view = view.flattened(bend);
      found = await this.detect(view);
    }
    const regions = await withUpwardLines(found.regions, this.reads(view.page));
    return { view, found: { ...found, regions } };
  }

  /** Transcribes regions of a page in the direction of their quads. */
  private reads(page: Page): ReadLines {
    return async (lines) => {
      const session = await this.stages.session("refine");
      const nowhere = lines.map(() => [0, 0, 0, 0] as const);
      const onRead = () => this.watch.check();
      const read = await refine(session, page, lines, nowhere, this.alphabet, this.widths, onRead);
      return read.map((each) => each.transcription);
    };
  }
}

/** The median of the heights of the lines of text; 0 without any. */
function lineHeight(found: readonly Region[]): number {
  return found.length ? median(found.map(({ quad }) => textSize(quad)[1])) : 0;
}
