/** From a question to the regions that it is about: align, then select. */

import type { Manifest } from "../bundle/manifest.js";
import type { Stages } from "../runtime/stages.js";
import type { Watch } from "../runtime/watch.js";
import type { LookedPage } from "../vision/look.js";
import { align } from "./align.js";
import { namedDocument } from "./named_document.js";
import { select, withCompanions, type Limits } from "./selection.js";
import { similarity } from "./trigrams.js";

const NO_BUDGET = 2 ** 31 - 1;
const OUT_OF_REACH = -1e4; // a relevance whose share is 0

/**
 * The regions chosen for one question.
 *
 * indices: document-wide, in reading order; relevance: a probability for every region; null: the
 * probability that nothing is relevant; focus: the largest relevance; label: the best literal match of the
 * question and a rough text; leftOut: regions that coverage asked for and the budget refused.
 */
export interface Retrieved {
  readonly indices: readonly number[];
  readonly relevance: Float32Array;
  readonly found: boolean;
  readonly null: number;
  readonly focus: number;
  readonly label: number;
  readonly leftOut: number;
}

/** Choose the regions that the question is about, over all pages; `costs`: expected tokens of each. */
export async function retrieve(
  question: string,
  pages: readonly LookedPage[],
  costs: readonly number[],
  stages: Stages,
  manifest: Manifest,
  limits: Limits,
  watch: Watch,
): Promise<Retrieved> {
  const scores = await watch.timed("align", async () => {
    const session = await stages.session("align");
    const all: number[] = [];
    for (const page of pages) {
      const scored = await align(session, manifest.stages.align.inputs, question, page);
      all.push(...inNamedDocument(scored, question, page));
    }
    return Float32Array.from(all);
  });
  return watch.timed("select", () => {
    const parameters = manifest.host.selection;
    const logits = [...onLikelyPages(scores, pages, parameters.page_share), 0];
    const chosen = select(logits, costs, limits, parameters);
    const covering = select(logits, costs, { ...limits, tokenBudget: NO_BUDGET }, parameters);
    const companions = (index: number) => companionsOf(pages, index);
    const relevance = softmax(scores.map((score) => score / parameters.temperature));
    const readings = pages.flatMap((page) => page.glance.readings);
    return {
      indices: withCompanions(chosen, scores, costs, limits.tokenBudget, companions),
      relevance,
      found: chosen.found,
      null: chosen.null,
      focus: relevance.length ? Math.max(...relevance) : 1,
      label: Math.max(0, ...similarity(question, readings)),
      leftOut: covering.indices.length - chosen.indices.length,
    };
  });
}

/** Put what lies in other documents of a page out of reach where the question names one. */
function inNamedDocument(scores: Float32Array, question: string, page: LookedPage): Float32Array {
  const { document } = page.layout;
  const named = namedDocument(question, page.glance.readings, document);
  if (named === undefined) return scores;
  return scores.map((score, index) => (document[index] === named ? score : OUT_OF_REACH));
}

function companionsOf(pages: readonly LookedPage[], index: number): number[] {
  const page = pages.find((each) => index < each.first + each.regions.length)!;
  return page.layout.companions(index - page.first).map((place) => page.first + place);
}

/** Probabilities in float32, as on every host. */
function softmax(scores: Float32Array): Float32Array {
  const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = scores.map((score) => Math.exp(Math.fround(score - top)));
  let sum = 0;
  for (const power of powers) sum += power;
  return powers.map((power) => power / Math.fround(sum));
}

/** Put the regions of pages with less than `least` of the relevance out of reach, but the best. */
function onLikelyPages(scores: Float32Array, pages: readonly LookedPage[], least: number): Float32Array {
  if (pages.filter((page) => page.regions.length).length < 2) return scores;
  const shares = softmax(scores);
  const sums = pages.map((page) => {
    const own = shares.subarray(page.first, page.first + page.regions.length);
    return own.reduce((a, b) => a + b, 0);
  });
  const limit = Math.min(least, Math.max(...sums));
  const likely = scores.slice();
  pages.forEach((page, number) => {
    if (sums[number]! < limit) likely.fill(OUT_OF_REACH, page.first, page.first + page.regions.length);
  });
  return likely;
}
