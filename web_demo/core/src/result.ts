/** The answer to a question: its words, their place on the page, and the tokens and time it took. */

import type { SpanKind, SpanPiece } from "./generation/automaton.js";
import { decodeProbability, meanProbability, ofAnswer, readerProbability, type Signals, type Weights } from "./generation/confidence.js";
import type { Generated } from "./generation/generator.js";
import { NOT_FOUND } from "./generation/prompt.js";
import type { Timings } from "./runtime/watch.js";
import { casefold, wordCharacters } from "./text.js";
import type { Transcription } from "./vision/ctc.js";
import { bounds, type Box, type Quad } from "./vision/geometry.js";
import type { Region } from "./vision/regions.js";

/** A derived answer names the evidence at least this relevant, to the best one's 1. */
const DERIVED = 0.5;

/** Where words come from; this host reads no text layers of PDF files. */
export type Source = "recogniser" | "text-layer";

/** One region that the answer was read from; `probability` is its transcription's, 0 to 1. */
export interface EvidenceRegion {
  readonly text: string;
  readonly box: Box;
  readonly page: number;
  readonly relevance: number;
  readonly probability: number;
  readonly source: Source;
}

/** Tokens that entered and left the language model; `page_estimate`: what the whole page would take. */
export interface TokenCount {
  readonly evidence: number;
  readonly visual: number;
  readonly prompt: number;
  readonly answer: number;
  readonly budget: number;
  readonly page_estimate: number;
  readonly dropped: number;
}

/**
 * The answer to one question on a document.
 *
 * text: null when the document does not answer it; confidence: 0 to 1, of reading and answering;
 * page: 0-based; boxes are upright, quads follow tilted text, both in pixels of the page; timings:
 * milliseconds by step.
 */
export interface Answer {
  readonly text: string | null;
  readonly found: boolean;
  readonly kind: SpanKind;
  readonly confidence: number;
  readonly page: number | null;
  readonly boxes: readonly Box[];
  readonly quads: readonly Quad[];
  readonly evidence: readonly EvidenceRegion[];
  /** null where nothing was found. */
  readonly source: Source | null;
  readonly tokens: TokenCount;
  readonly timings: Timings;
  readonly signals: Signals;
}

/**
 * A region of the evidence after it was read at full resolution.
 *
 * index: document-wide; part: the quad between two fractions, 0 to 1, of its reading direction.
 */
export interface ReadRegion {
  readonly index: number;
  readonly region: Region;
  readonly page: number;
  readonly relevance: number;
  readonly transcription: Transcription;
  readonly part: (start: number, end: number) => Quad;
}

/** What every answer of a question shares. */
export interface Asked {
  readonly null: number;
  readonly focus: number;
  readonly label: number;
  readonly tokens: TokenCount;
  readonly timings: Timings;
  readonly weights: Readonly<Record<string, Weights>>;
}

/** The answer of a text that was generated from the evidence. */
export function answered(generated: Generated, evidence: readonly ReadRegion[], asked: Asked): Answer {
  const { span, logProbabilities, notFound } = generated;
  const found = span.kind !== "not-found" && casefold(span.text) !== NOT_FOUND;
  const read = new Map(evidence.map((item) => [item.index, item]));
  const support = found && span.pieces.length === 0 ? derivedFrom(span.text, evidence) : span.pieces;
  const best = support.map(([index]) => read.get(index)!).reduce<ReadRegion | undefined>(
    (a, b) => (!a || b.relevance > a.relevance ? b : a),
    undefined,
  );
  // The support of a derived answer may lie on several pages; boxes are those of one.
  const pieces = support.filter(([index]) => best && read.get(index)!.page === best.page);
  const quads: Quad[] = [], probabilities: number[] = [];
  for (const [index, start, end] of pieces) {
    const { part, transcription } = read.get(index)!;
    const spans = transcription.spans.slice(start, end);
    if (spans.length) quads.push(part(spans[0]![0], spans[spans.length - 1]![1]));
    probabilities.push(...transcription.probabilities.slice(start, end));
  }
  const signals: Signals = {
    decode: decodeProbability(logProbabilities),
    least: Math.exp(Math.min(0, ...logProbabilities)),
    reader: readerProbability(probabilities),
    null: asked.null,
    not_found: notFound,
    focus: asked.focus,
    support: found && best && asked.focus > 0 ? Math.min(1, best.relevance / asked.focus) : 1,
    legible: meanProbability(evidence.flatMap((item) => item.transcription.probabilities)),
    label: asked.label,
  };
  return {
    text: found ? span.text : null,
    found,
    kind: found ? span.kind : "not-found",
    confidence: ofAnswer(signals, found, asked.weights),
    page: found && best ? best.page : null,
    boxes: found ? quads.map(bounds) : [],
    quads: found ? quads : [],
    evidence: evidence.map(toPublic),
    source: found ? "recogniser" : null,
    tokens: asked.tokens,
    timings: asked.timings,
    signals,
  };
}

/** The answer "not found" where no region is relevant and nothing was generated. */
export function nothingFound(asked: Asked, legible: number): Answer {
  const { focus, label } = asked;
  const own = { decode: 1, least: 1, reader: 1, null: asked.null, not_found: 1 };
  const signals: Signals = { ...own, focus, support: 1, legible, label };
  const weighed = Object.keys(asked.weights).length > 0;
  return {
    text: null,
    found: false,
    kind: "not-found",
    // Without weights the null region alone speaks.
    confidence: weighed ? ofAnswer(signals, false, asked.weights) : asked.null,
    page: null,
    boxes: [],
    quads: [],
    evidence: [],
    source: null,
    tokens: asked.tokens,
    timings: asked.timings,
    signals,
  };
}

/** An answer as plain JSON values with the keys and decimals of `pinpoint ask --json`. */
export function toJson(answer: Answer) {
  const round = (value: number, decimals: number) => Number(value.toFixed(decimals));
  const pixels = (values: readonly number[]) => values.map((value) => round(value, 2));
  const { evidence, page_estimate } = answer.tokens;
  return {
    text: answer.text,
    found: answer.found,
    kind: answer.kind,
    confidence: round(answer.confidence, 4),
    page: answer.page,
    boxes: answer.boxes.map(pixels),
    quads: answer.quads.map((quad) => quad.map(pixels)),
    evidence: answer.evidence.map((region) => ({
      ...region,
      box: pixels(region.box),
      relevance: round(region.relevance, 4),
      probability: round(region.probability, 4),
    })),
    source: answer.source,
    tokens: { ...answer.tokens, share: round(page_estimate ? evidence / page_estimate : 0, 4) },
    timings: Object.fromEntries(Object.entries(answer.timings).map(([step, ms]) => [step, round(ms, 2)])),
  };
}

function toPublic({ region, page, relevance, transcription }: ReadRegion): EvidenceRegion {
  const { text, probabilities } = transcription;
  const sum = probabilities.reduce((a, b) => a + b, 0);
  const probability = probabilities.length ? sum / probabilities.length : 0;
  return { text, box: region.box, page, relevance, probability, source: "recogniser" };
}

/** The support of a derived answer: regions that hold its words, or the best ones. */
function derivedFrom(text: string, evidence: readonly ReadRegion[]): SpanPiece[] {
  const letters = (value: string) => wordCharacters(casefold(value));
  const words = letters(text);
  const long = [...words].length > 3;
  const holding = evidence.filter((item) => long && letters(item.transcription.text).includes(words));
  const top = Math.max(0, ...evidence.map((item) => item.relevance));
  const close = evidence.filter((item) => item.relevance >= DERIVED * top);
  return (holding.length ? holding : close).map(({ index, transcription }) => [
    index,
    0,
    transcription.characters.length,
  ]);
}
