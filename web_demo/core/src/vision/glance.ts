/** The `glance` stage on the host: every region read roughly, in a small crop. */

import { free } from "../memory.js";
import type { Session } from "../runtime/session.js";
import type { Watch } from "../runtime/watch.js";
import { batchCrops, glanceWidths } from "./crop.js";
import { decode } from "./ctc.js";
import type { Page } from "./page.js";
import type { Region } from "./regions.js";

/** Features of one region, 4 x 96. */
export const FEATURES = 4 * 96;

/** The first cheap look at N regions: their features and rough readings. */
export interface Glance {
  readonly features: readonly Float32Array[];
  readonly readings: readonly string[];
}

/** Look at all regions of a page. */
export async function glance(
  session: Session,
  page: Page,
  found: readonly Region[],
  alphabet: readonly string[],
  height: number,
  watch: Watch,
): Promise<Glance> {
  const features: Float32Array[] = [], readings: string[] = [];
  const quads = found.map((region) => region.quad);
  let done = 0;
  for (const batch of batchCrops(page.grey, quads, height, glanceWidths(height))) {
    const seen = await session.run({
      crops: { data: batch.data, dims: batch.dims },
      widths: { data: batch.used, dims: [batch.used.length] },
    });
    free(batch.data);
    const all = seen["features"] as Float32Array, classes = seen["reading"] as Int32Array;
    const steps = classes.length / batch.used.length;
    batch.indices.forEach((index, slot) => {
      features[index] = all.slice(slot * FEATURES, (slot + 1) * FEATURES);
      readings[index] = decode(classes.subarray(slot * steps, (slot + 1) * steps), undefined, alphabet).text;
    });
    done += batch.indices.length;
    watch.progress("glance", done / found.length);
  }
  return { features, readings };
}
