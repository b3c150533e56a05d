/** The `refine` stage on the host: chosen regions read at full resolution. */

import { free } from "../memory.js";
import type { Session } from "../runtime/session.js";
import { BATCH, REFINE_HEIGHT, batchCrops, cropWidth } from "./crop.js";
import { decode, type Transcription } from "./ctc.js";
import type { Place } from "./layout/order.js";
import type { Page } from "./page.js";
import type { Region } from "./regions.js";

const BEST = 4; // characters of each step, best first

/** A region read at full resolution: its visual token and its transcription. */
export interface Refined {
  readonly visual: Float32Array;
  readonly transcription: Transcription;
}

/** Read regions of one page. `widths`: of the stage, ascending; `onRead` gets the share that is done. */
export async function refine(
  session: Session,
  page: Page,
  found: readonly Region[],
  geometry: readonly Place[],
  alphabet: readonly string[],
  widths: readonly number[],
  onRead: (share: number) => void,
): Promise<Refined[]> {
  // Padding rounds results differently in their last digits. So a region's own width chooses its
  // batch, not the regions beside it: a reading depends on nothing but the page.
  const groups = new Map<number, number[]>();
  found.forEach((region, index) => {
    const used = cropWidth(region.quad, REFINE_HEIGHT);
    const width = widths.find((each) => used <= each) ?? widths[widths.length - 1]!;
    groups.set(width, [...(groups.get(width) ?? []), index]);
  });
  const result: Refined[] = [];
  let done = 0;
  for (const [width, group] of groups) {
    const quads = group.map((index) => found[index]!.quad);
    for (const batch of batchCrops(page.image, quads, REFINE_HEIGHT, [width])) {
      const indices = batch.indices.map((place) => group[place]!);
      const places = new Float32Array(BATCH * 4);
      indices.forEach((index, slot) => places.set(geometry[index]!, slot * 4));
      const seen = await session.run({
        crops: { data: batch.data, dims: batch.dims },
        geometry: { data: places, dims: [BATCH, 4] },
        widths: { data: batch.used, dims: [BATCH] },
      });
      free(batch.data);
      const visual = seen["visual"] as Float32Array, size = visual.length / BATCH;
      indices.forEach((index, slot) => {
        const best = (values: ArrayLike<number>) => everyFourth(values, slot);
        const used = batch.used[slot]! / width;
        result[index] = {
          visual: visual.slice(slot * size, (slot + 1) * size),
          transcription: decode(best(seen["classes"]!), best(seen["probabilities"]!), alphabet, used),
        };
      });
      done += indices.length;
      onRead(done / found.length);
    }
  }
  return result;
}

/** The best of each step in one row of (BATCH, steps, BEST). */
function everyFourth(values: ArrayLike<number>, slot: number): number[] {
  const steps = values.length / BATCH / BEST;
  return Array.from({ length: steps }, (_, step) => values[(slot * steps + step) * BEST]!);
}
