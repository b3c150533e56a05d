/** A loaded bundle: its stages, its tokenizer and characters, its language model. */

import type { Bundle } from "./bundle/bundle.js";
import type { Manifest } from "./bundle/manifest.js";
import { OptionError } from "./errors.js";
import { Generator } from "./generation/generator.js";
import { Tokenizer } from "./generation/tokenizer.js";
import type { Limits } from "./retrieval/selection.js";
import type { OnnxRuntime } from "./runtime/session.js";
import { Stages, type SessionOptions } from "./runtime/stages.js";

/** The parts that the documents of one reader share. */
export class Engine {
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly manifest: Manifest,
    readonly stages: Stages,
    readonly tokenizer: Tokenizer,
    readonly characters: { readonly glance: readonly string[]; readonly refine: readonly string[] },
    readonly generator: Generator,
  ) {}

  static async of(ort: OnnxRuntime, bundle: Bundle, options?: SessionOptions): Promise<Engine> {
    const { manifest } = bundle;
    const stages = new Stages(ort, bundle, options);
    const tokenizer = new Tokenizer(await bundle.json(manifest.tokenizer), manifest.tokenizer);
    const characters = {
      glance: await bundle.characters("glance"),
      refine: await bundle.characters("refine"),
    };
    const generator = new Generator(tokenizer, stages, manifest.not_found);
    return new Engine(manifest, stages, tokenizer, characters, generator);
  }

  /** Check the user's limits, or give the bundle's. */
  limits(coverage: number | undefined, tokenBudget: number | undefined): Limits {
    const { maximum } = this.manifest.token_budget;
    const limits = {
      coverage: coverage ?? this.manifest.coverage,
      tokenBudget: tokenBudget ?? this.manifest.token_budget.default,
    };
    if (!(limits.coverage > 0 && limits.coverage <= 1)) {
      throw new OptionError(`A coverage of ${limits.coverage} makes no sense: give one in (0, 1].`);
    }
    if (!(Number.isInteger(limits.tokenBudget) && limits.tokenBudget >= 1 && limits.tokenBudget <= maximum)) {
      throw new OptionError(
        `A token budget of ${limits.tokenBudget} is not possible: this bundle takes 1 to ${maximum}.`,
      );
    }
    return limits;
  }

  /** Run when all earlier work has ended: sessions and the cache serve one caller at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Free all stages. */
  close(): Promise<void> {
    return this.inTurn(async () => {
      await this.generator.close();
      await this.stages.close();
    });
  }
}
