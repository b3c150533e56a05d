/** One confidence for an answer, out of the certainty of each part of the pipeline. */

import { OptionError } from "../errors.js";

/** The certainty of each part, all 0 to 1; parts that were not asked are sure. */
export interface Signals {
  /** Geometric mean of the chosen tokens' probabilities among the allowed ones. */
  readonly decode: number;
  /** The least probable token's. */
  readonly least: number;
  /** Smallest character probability of the span. */
  readonly reader: number;
  /** The aligner's probability that nothing answers. */
  readonly null: number;
  /** The language model's probability, when it began, of answering "not found". */
  readonly not_found: number;
  /** The relevance of the most relevant region. */
  readonly focus: number;
  /** That of the answer's best region, divided by `focus`. */
  readonly support: number;
  /** Mean character probability of the evidence. */
  readonly legible: number;
  /** The best literal match of the question and a rough text. */
  readonly label: number;
}

export type Weights = Readonly<Record<string, number>>;

const EDGE = 1e-4; // log odds of what is surer than this are all the same

function logOdds(probability: number): number {
  const held = Math.min(Math.max(probability, EDGE), 1 - EDGE);
  return Math.log(held / (1 - held));
}

/** How likely an answer of these signals is right: Platt scaling (1999), 0 to 1. */
function calibrated(signals: Signals, weights: Weights): number {
  let total = 0;
  for (const [name, weight] of Object.entries(weights)) {
    if (name !== "bias" && !(name in signals)) {
      throw new OptionError(`There is no signal ${name} to weigh: update pinpoint-edge.`);
    }
    total += weight * (name === "bias" ? 1 : logOdds(signals[name as keyof Signals]));
  }
  return 1 / (1 + Math.exp(-Math.min(Math.max(total, -30), 30)));
}

/** The confidence of an answer, 0 to 1; `weights` of found and not-found answers apart. */
export function ofAnswer(signals: Signals, found: boolean, weights: Readonly<Record<string, Weights>>): number {
  const own = weights[found ? "found" : "not-found"];
  if (own) return calibrated(signals, own);
  return signals.decode * signals.reader * (1 - (found ? signals.null : 0));
}

/** The mean, not the product, so that a long address is not doubted for its length. */
export function decodeProbability(logProbabilities: readonly number[]): number {
  if (logProbabilities.length === 0) return 1;
  const sum = logProbabilities.reduce((a, b) => a + b, 0);
  return Math.min(1, Math.exp(sum / logProbabilities.length));
}

/** The mean of all that was read. */
export function meanProbability(probabilities: readonly number[]): number {
  if (probabilities.length === 0) return 1;
  return Math.min(1, probabilities.reduce((a, b) => a + b, 0) / probabilities.length);
}

/** The minimum, because one wrong digit makes an amount wrong. */
export function readerProbability(probabilities: readonly number[]): number {
  return Math.min(1, ...probabilities);
}
