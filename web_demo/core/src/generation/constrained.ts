/** Constrained decoding: greedy among the tokens that the automaton allows. */

import { toBytes } from "../text.js";
import type { AnswerAutomaton, Span } from "./automaton.js";
import { NOT_FOUND } from "./prompt.js";

/**
 * An answer with the probabilities that the language model gave it.
 *
 * logProbabilities: of each chosen token, the end token too, over the allowed tokens; notFound: the
 * first token's probability, among the allowed ones, of the token that begins "not found".
 */
export interface ConstrainedAnswer {
  readonly span: Span;
  readonly logProbabilities: readonly number[];
  readonly notFound: number;
}

/**
 * Decode greedily; `step` appends a token and returns the logits after it, `first` are those after
 * the prompt. `notFoundBias` is added to the logit of the token that begins "not found".
 */
export async function decodeConstrained(
  first: Float32Array,
  step: (id: number, count: number) => Promise<Float32Array>,
  automaton: AnswerAutomaton,
  maxTokens: number,
  notFoundBias = 0,
): Promise<ConstrainedAnswer> {
  const opening = automaton.table.firstToken(toBytes(` ${NOT_FOUND}`));
  const logProbabilities: number[] = [];
  let notFound = 0;
  let logits = first;
  for (let count = 0; count < maxTokens; count++) {
    const bias = count === 0 ? notFoundBias : 0;
    const logit = (id: number) => logits[id]! + (id === opening ? bias : 0);
    const allowed = automaton.allowed();
    let choice = allowed[0]!;
    for (const id of allowed) if (logit(id) > logit(choice)) choice = id;
    const among = logSumExp(allowed, logit);
    if (count === 0) notFound = Math.exp(logit(opening) - among);
    logProbabilities.push(logit(choice) - among);
    automaton.push(choice);
    if (choice === automaton.table.endId) break;
    if (count + 1 < maxTokens) logits = await step(choice, count + 1);
  }
  return { span: automaton.finish(), logProbabilities, notFound };
}

function logSumExp(ids: Int32Array, logit: (id: number) => number): number {
  let top = -Infinity, sum = 0;
  for (const id of ids) top = Math.max(top, logit(id));
  for (const id of ids) sum += Math.exp(logit(id) - top);
  return top + Math.log(sum);
}
