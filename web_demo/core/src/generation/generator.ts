/**
 * From a prompt to words: prefill in chunks, then steps, over one KV cache that remembers.
 *
 * The cache keeps what it read last, in chunks. Of a new prompt that begins alike, the chunks up to
 * the first difference are kept. A kernel may round differently for another number of rows; so a token
 * is always read in the same chunk, and an answer never depends on what was asked before.
 */

import type { Manifest } from "../bundle/manifest.js";
import { CapacityError } from "../errors.js";
import type { KVCache } from "../runtime/session.js";
import type { Stages } from "../runtime/stages.js";
import type { Watch } from "../runtime/watch.js";
import { AnswerAutomaton, TokenTable, type Span } from "./automaton.js";
import { decodeConstrained } from "./constrained.js";
import { END, type Prompt } from "./prompt.js";
import type { Quotable } from "./quotable.js";
import type { Tokenizer } from "./tokenizer.js";

const CHUNK = 64; // tokens that are read at once
const CAPACITY_STEP = 64;
/** Tokens that a cache may grow to. */
export const MAX_CONTEXT = 4096;
export const MAX_ANSWER = 96;

/** The output of the language model. */
export interface Generated {
  readonly span: Span;
  readonly logProbabilities: readonly number[];
  readonly notFound: number;
}

export interface Request {
  readonly prompt: Prompt;
  /** Visual tokens in the prompt's order, and their names: equal names mean equal vectors. */
  readonly visual: Float32Array;
  readonly names: readonly string[];
  readonly quotable: readonly Quotable[];
  readonly question: string;
  /** The aligner's probability that nothing answers. */
  readonly null: number;
}

/** Log odds to add to "not found": a product of experts (Hinton 2002), the prior taken out once. */
export function notFoundBias(nothing: number, prior: Manifest["not_found"]): number {
  const likely = Math.min(Math.max(nothing, 1e-6), 1 - 1e-6);
  const odds = Math.log(likely / (1 - likely)) - Math.log(prior.share / (1 - prior.share));
  return Math.min(Math.max(odds, -prior.limit), prior.limit);
}

export class Generator {
  private readonly table: TokenTable;
  private cache: KVCache | undefined;
  private held: readonly (number | string)[] = [];

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly stages: Stages,
    private readonly prior: Manifest["not_found"],
  ) {
    this.table = new TokenTable(tokenizer.bytesTable, tokenizer.controlId(END));
  }

  /** Read the prompt and decode an answer. */
  async generate(request: Request, watch: Watch): Promise<Generated> {
    const { ids } = request.prompt;
    const { vocabulary } = this.tokenizer;
    const keys = Array.from(ids, (id) => (id < vocabulary ? id : request.names[id - vocabulary]!));
    const { visual } = request;
    const { cache, first } = await watch.timed("prefill", async () => {
      const cache = (this.cache ??= await this.stages.kvCache());
      const needed = keys.length + MAX_ANSWER;
      if (needed > MAX_CONTEXT) {
        throw new CapacityError(
          `Stage decode is full: the question needs ${needed} of ${MAX_CONTEXT} tokens; ask with a ` +
            "smaller token budget.",
        );
      }
      cache.reserve(Math.ceil(needed / CAPACITY_STEP) * CAPACITY_STEP);
      const kept = Math.floor(commonLength(keys.slice(0, -1), this.held) / CHUNK) * CHUNK;
      cache.truncate(kept);
      this.held = keys.slice(0, kept);
      let logits = new Float32Array();
      for (let start = kept; start < ids.length; start += CHUNK) {
        logits = (await cache.run(ids.slice(start, start + CHUNK), visual)) as Float32Array<ArrayBuffer>;
        watch.progress("prefill", Math.min(1, (start + CHUNK - kept) / (ids.length - kept)));
      }
      this.held = keys;
      return { cache, first: logits };
    });
    return watch.timed("decode", () => {
      const step = (id: number, count: number) => {
        watch.progress("decode", count / MAX_ANSWER);
        return cache.run(Int32Array.of(id), visual);
      };
      const automaton = new AnswerAutomaton(this.table, request.quotable, request.question);
      const bias = notFoundBias(request.null, this.prior);
      return decodeConstrained(first, step, automaton, MAX_ANSWER, bias);
    });
  }

  async close(): Promise<void> {
    await this.cache?.close();
    this.cache = undefined;
    this.held = [];
  }
}

/** How many items both begin with. */
function commonLength(first: readonly unknown[], second: readonly unknown[]): number {
  let length = 0;
  while (length < first.length && length < second.length && first[length] === second[length]) length++;
  return length;
}
