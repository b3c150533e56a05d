/**
 * Adaptive selection: as many regions as the question needs, under a token budget.
 *
 * Regions are taken by falling relevance until they cover the share r of the probability
 * (coverage as in arXiv 2603.22815).
 */

import type { SelectionParameters } from "../bundle/manifest.js";
import { codePoints, isDigit } from "../text.js";

/** Where the choice of evidence ends: coverage, above 0 to 1, or a budget of tokens. */
export interface Limits {
  readonly coverage: number;
  readonly tokenBudget: number;
}

/** The regions chosen for one question: `indices` in reading order, `relevance` of each of them. */
export interface Selection {
  readonly indices: readonly number[];
  readonly relevance: readonly number[];
  readonly covered: number;
  readonly null: number;
  readonly found: boolean;
  readonly estimatedTokens: number;
}

/** Choose regions; `relevance` are logits in reading order, the null region last. */
export function select(
  relevance: ArrayLike<number>,
  costs: readonly number[],
  { coverage, tokenBudget }: Limits,
  parameters: SelectionParameters,
): Selection {
  const logits = Array.from(relevance);
  const regions = logits.slice(0, -1);
  if (regions.length === 0) {
    return { indices: [], relevance: [], covered: 0, null: 1, found: false, estimatedTokens: 0 };
  }
  const all = softmax(logits);
  const shares = softmax(regions.map((logit) => logit / parameters.temperature));
  const chosen: number[] = [];
  let covered = 0, tokens = 0;
  for (const index of byFalling(regions)) {
    const cost = costs[index]!;
    if (chosen.length && (covered >= coverage || tokens + cost > tokenBudget)) break;
    chosen.push(index);
    covered += shares[index]!;
    tokens += cost;
  }
  chosen.sort((a, b) => a - b);
  const nothing = all[all.length - 1]!;
  return {
    indices: chosen,
    relevance: chosen.map((index) => shares[index]!),
    covered: Math.min(covered, 1),
    null: nothing,
    found: nothing < parameters.null_wins,
    estimatedTokens: tokens,
  };
}

/** Add what explains the chosen regions, those of the most relevant first, in the budget. */
export function withCompanions(
  chosen: Selection,
  relevance: ArrayLike<number>,
  costs: readonly number[],
  budget: number,
  companions: (index: number) => readonly number[],
): number[] {
  const taken = new Set(chosen.indices);
  let spent = chosen.estimatedTokens;
  for (const index of [...chosen.indices].sort((a, b) => relevance[b]! - relevance[a]!)) {
    for (const other of companions(index)) {
      if (taken.has(other) || spent + costs[other]! > budget) continue;
      taken.add(other);
      spent += costs[other]!;
    }
  }
  return [...taken].sort((a, b) => a - b);
}

/** Tokens that a region is expected to add, from its rough reading. */
export function estimateTokens(reading: string): number {
  const characters = codePoints(reading);
  const digits = characters.filter(isDigit).length;
  return 2 + digits + Math.ceil((characters.length - digits) / 3);
}

/** Places from the greatest value down, the earlier of equals first. */
function byFalling(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[b]! - values[a]!);
}

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
