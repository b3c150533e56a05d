/**
 * An open document: its pages looked at once, its questions answered one after another.
 *
 * The way of a question: retrieve, refine, generate, result. A region that was read for one question
 * is kept for the next.
 */

import type { Engine } from "./engine.js";
import { OptionError } from "./errors.js";
import { meanProbability } from "./generation/confidence.js";
import { build, checkQuestion, regionCost, type Piece } from "./generation/prompt.js";
import { quotableText } from "./generation/quotable.js";
import { answered, nothingFound, type Answer, type Asked, type ReadRegion } from "./result.js";
import { retrieve, type Retrieved } from "./retrieval/retrieve.js";
import { estimateTokens, type Limits } from "./retrieval/selection.js";
import { Watch, type CallOptions, type Timings } from "./runtime/watch.js";
import { textSize, type Quad } from "./vision/geometry.js";
import type { Place } from "./vision/layout/order.js";
import type { LookedPage } from "./vision/look.js";
import { refine, type Refined } from "./vision/refine.js";
import type { Region } from "./vision/regions.js";
import { doubted } from "./warnings.js";

const LINES = 8; // that show how legible a page is, where nothing was read of it
const PAGE_LINE = 8; // most tokens of the line "Page 12:" that opens a further page
let serials = 0;

export interface AskOptions extends CallOptions {
  /** Share of the relevance at which the choice of evidence ends; default the bundle's. */
  readonly coverage?: number;
  /** Most tokens of evidence, though the most relevant region always enters. */
  readonly tokenBudget?: number;
}

/** Pages that were opened together; `PinPoint.open` makes one. */
export class Document {
  /** All regions, page by page in reading order. */
  readonly regions: readonly Region[];
  /** The page of each region. */
  readonly pageOf: readonly number[];
  private readonly geometry: readonly Place[];
  private readonly costs: readonly number[];
  private readonly refined = new Map<number, Refined>();
  private readonly serial = serials++; // names this document's visual tokens in the cache

  constructor(
    private readonly engine: Engine,
    readonly pages: readonly LookedPage[],
    /** Milliseconds of the opening. */
    readonly timings: Timings,
  ) {
    this.regions = pages.flatMap((page) => page.regions);
    this.pageOf = pages.flatMap((page, number) => page.regions.map(() => number));
    this.geometry = pages.flatMap((page) => page.layout.geometry);
    this.costs = pages.flatMap((page) => page.glance.readings.map(estimateTokens));
  }

  /** Answer one question; rejects with InstructionError, OptionError, BundleError, InferenceError. */
  async ask(question: string, options: AskOptions = {}): Promise<Answer> {
    const checked = checkQuestion(question);
    const limits = this.engine.limits(options.coverage, options.tokenBudget);
    return this.engine.inTurn(async () => {
      const answer = await this.answer(checked, limits, options);
      if (answer.found) return answer;
      const readings = this.pages.flatMap((page) => page.glance.readings);
      return { ...answer, confidence: doubted(answer.confidence, checked, readings, answer.signals.legible) };
    });
  }

  private async answer(checked: string, limits: Limits, options: CallOptions): Promise<Answer> {
    const { stages, manifest } = this.engine;
    const watch = new Watch(options);
    const retrieved = await retrieve(checked, this.pages, this.costs, stages, manifest, limits, watch);
    const budget = limits.tokenBudget;
    if (!retrieved.found) {
      return nothingFound(this.asked(retrieved, watch, budget), await this.legibility(options));
    }
    await this.refine(retrieved.indices, watch);
    const evidence = this.keep(retrieved, budget);
    return this.generate(checked, retrieved, evidence, budget, watch);
  }

  /** Answer one question a field. */
  async extract(fields: Readonly<Record<string, string>>, options: AskOptions = {}): Promise<Record<string, Answer>> {
    if (Object.keys(fields).length === 0) {
      throw new OptionError("There are no fields to extract: name at least one with its question.");
    }
    const answers: Record<string, Answer> = {};
    for (const [name, question] of Object.entries(fields)) answers[name] = await this.ask(question, options);
    return answers;
  }

  /** Mean character probability of a few long lines, for where nothing was read. */
  private async legibility(options: CallOptions): Promise<number> {
    const length = (index: number) => textSize(this.regions[index]!.quad)[0];
    const lines = this.regions.map((_, index) => index).sort((a, b) => length(b) - length(a)).slice(0, LINES);
    await this.refine(lines, new Watch(options));
    return meanProbability(lines.flatMap((index) => this.refined.get(index)!.transcription.probabilities));
  }

  /** Read these regions at full resolution, unless they were read before. */
  private async refine(indices: readonly number[], watch: Watch): Promise<void> {
    const missing = indices.filter((index) => !this.refined.has(index));
    if (missing.length === 0) return;
    const { characters, manifest, stages } = this.engine;
    await watch.timed("refine", async () => {
      const session = await stages.session("refine");
      const onRead = (share: number) => watch.progress("refine", share);
      for (const [number, { first, flat, page }] of this.pages.entries()) {
        const mine = missing.filter((index) => this.pageOf[index] === number);
        const found = mine.map((index) => flat[index - first]!);
        const places = mine.map((index) => this.geometry[index]!);
        const { refine_widths } = manifest.host;
        const read = await refine(session, page, found, places, characters.refine, refine_widths, onRead);
        mine.forEach((index, n) => this.refined.set(index, read[n]!));
      }
    });
  }

  /** The chosen regions that fit the budget now that their text is known, in reading order. */
  private keep(retrieved: Retrieved, budget: number): ReadRegion[] {
    const { relevance } = retrieved;
    const kept: number[] = [];
    let spent = 0;
    for (const index of [...retrieved.indices].sort((a, b) => relevance[b]! - relevance[a]!)) {
      let cost = regionCost(this.engine.tokenizer, this.text(index));
      const isFirstOfPage = kept.every((other) => this.pageOf[other] !== this.pageOf[index]);
      if (kept.length && isFirstOfPage) cost += PAGE_LINE;
      if (kept.length && spent + cost > budget) break;
      kept.push(index);
      spent += cost;
    }
    return kept
      .sort((a, b) => a - b)
      .map((index) => ({
        index,
        region: this.regions[index]!,
        page: this.pageOf[index]!,
        relevance: relevance[index]!,
        transcription: this.refined.get(index)!.transcription,
        part: (start, end) => this.part(index, start, end),
      }));
  }

  private async generate(
    question: string,
    retrieved: Retrieved,
    evidence: readonly ReadRegion[],
    budget: number,
    watch: Watch,
  ): Promise<Answer> {
    const { generator, manifest, tokenizer } = this.engine;
    const lines = this.lines(evidence.map((item) => item.index));
    const prompt = build(tokenizer, question, lines);
    const visual = new Float32Array(prompt.visualOrder.length * manifest.d_llm);
    prompt.visualOrder.forEach((index, row) => visual.set(this.refined.get(index)!.visual, row * manifest.d_llm));
    const generated = await generator.generate(
      {
        prompt,
        visual,
        names: prompt.visualOrder.map((index) => `${this.serial}:${index}`),
        quotable: quotableText(lines, this.geometry, retrieved.relevance),
        question,
        null: retrieved.null,
      },
      watch,
    );
    return answered(generated, evidence, this.asked(retrieved, watch, budget, {
      evidence: prompt.questionStart - prompt.prefixLength,
      visual: prompt.visualOrder.length,
      prompt: prompt.ids.length,
      answer: generated.logProbabilities.length,
      dropped: retrieved.leftOut + retrieved.indices.length - evidence.length,
    }));
  }

  private asked(
    retrieved: Retrieved,
    watch: Watch,
    budget: number,
    counts = { evidence: 0, visual: 0, prompt: 0, answer: 0, dropped: 0 },
  ): Asked {
    const page_estimate = this.costs.reduce((a, b) => a + b, 0);
    const { focus, label } = retrieved;
    return {
      null: retrieved.null,
      focus,
      label,
      tokens: { ...counts, budget, page_estimate },
      timings: watch.timings,
      weights: this.engine.manifest.confidence,
    };
  }

  /** The kept regions line by line, as the prompt shows them. */
  private lines(kept: readonly number[]): Piece[][] {
    const chosen = new Set(kept);
    return this.pages.flatMap(({ first, layout }, page) =>
      layout.rows.map((row) =>
        row
          .filter((place) => chosen.has(first + place))
          .map((place) => ({
            region: first + place,
            text: this.text(first + place),
            page,
            cell: layout.cell[place]!,
            table: layout.table[place]!,
          })),
      ),
    );
  }

  private part(index: number, start: number, end: number): Quad {
    const page = this.pages[this.pageOf[index]!]!;
    return page.part(index - page.first, start, end);
  }

  private text(index: number): string {
    return this.refined.get(index)!.transcription.text;
  }
}
