/**
 * Character trigrams: a literal matcher between a question and the rough readings of regions.
 *
 * Trigrams survive the misread characters of a rough reading where whole words do not.
 */

import { casefold, codePoints, toBytes, words } from "../text.js";
import type { Layout } from "../vision/layout/order.js";

const BUCKETS = 4095; // ids run from 1 to BUCKETS; 0 means none
const STOP_WORDS = new Set(
  words(`a an and any are as at be by can could did do does find for from give given has have her his
    how i in is it its listed many me mentioned much of on or page please printed shown stated tell
    that the their there this to value was were what whats when where which who whom whose why with
    written you
    auf bitte das dem den der des die ein eine einem einen einer fur ist lautet sind steht und
    wann welche welchem welchen welcher welches wer wie wo zu d aux de combien du est la l le
    les quand que quel quelle quelles quels qui sont sur une cual cuales cuando cuanto cuantos
    del donde el en es las los por quien son una com como dos da em onde os para qual quanto
    quantos quem sao um uma che chi della di dove gli il lo nel per quale quali quando sono un`),
);
const ACCENTS = /[\u0300-\u036f]/g;
const QUOTED = /["“”„«]([^"“”„«»]+)["“”»]/g;
const OTHER = /[^\p{L}\p{M}\p{N}]/gu;
const PLAIN = /^[\0-\x7f]*$/;
const MIN_OVERLAP = 0.3; // of the narrower box, to count as below
const CACHED_TEXTS = 4096, CACHED_TRIGRAMS = 65_536; // as Python's

/** NFKC, case folding, no accents; letters, marks and digits stay, all else becomes single spaces. */
export function normalise(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  const folded = casefold(text.normalize("NFKC")).normalize("NFKC");
  const bare = folded.normalize("NFD").replace(ACCENTS, "").normalize("NFC");
  return words(bare.replace(OTHER, " ")).join(" ");
}

/** A function of a text that remembers: every question looks at the same readings. */
function remembered<T>(most: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) {
      if (known.size >= most) known.clear();
      known.set(text, (value = make(text)));
    }
    return value;
  };
}

/** The trigrams of a text in order, duplicates kept. */
export const trigrams = remembered(CACHED_TEXTS, (text): readonly string[] =>
  words(normalise(text)).flatMap((word) => {
    const framed = codePoints(`^${word}$`);
    return framed.slice(2).map((_, start) => framed[start]! + framed[start + 1]! + framed[start + 2]!);
  }),
);

/** The trigrams of a text, each once. */
export const distinctTrigrams = remembered(CACHED_TEXTS, (text): ReadonlySet<string> => new Set(trigrams(text)));

/** FNV-1a, 32 bits, over the UTF-8 bytes (Fowler, Noll, Vo). */
const bucket = remembered(CACHED_TRIGRAMS, (trigram) => {
  let value = 0x811c9dc5;
  for (const byte of toBytes(trigram)) value = Math.imul(value ^ byte.charCodeAt(0), 0x01000193) >>> 0;
  return (value % BUCKETS) + 1;
});

/** Number of trigrams of the text. */
export function trigramCount(text: string): number {
  return trigrams(text).length;
}

/** Bucket ids of the text's trigrams in order, duplicates kept, cut or padded with 0. */
export function trigramIds(text: string, length: number): Int32Array {
  const ids = new Int32Array(length);
  trigrams(text).slice(0, length).forEach((trigram, n) => (ids[n] = bucket(trigram)));
  return ids;
}

/** The part of a question to match: what it quotes, else its words without stop words. */
export function content(question: string): string {
  const quoted = normalise([...question.matchAll(QUOTED)].map((match) => match[1]).join(" "));
  if (quoted) return quoted;
  const all = words(normalise(question));
  const kept = all.filter((word) => !STOP_WORDS.has(word));
  return (kept.length ? kept : all).join(" ");
}

/** Trigram ids of an instruction; one that is too long keeps its content words. */
export function instructionIds(question: string, length: number): Int32Array {
  const fits = trigramCount(question) <= length;
  return trigramIds(fits ? question : content(question), length);
}

/**
 * Literal similarity, 0 to 1, between a question and each reading of one page.
 *
 * Trigrams weigh log(1 + N / (1 + regions that hold them)); the score is the F2 measure, recall
 * first, since a line often holds the label and its value.
 */
export function similarity(question: string, readings: readonly string[]): Float32Array {
  const count = readings.length;
  const wanted = distinctTrigrams(content(question));
  const held = readings.map(distinctTrigrams);
  const frequency = new Map<string, number>();
  for (const set of held) for (const t of set) frequency.set(t, (frequency.get(t) ?? 0) + 1);
  const scores = new Float32Array(count);
  if (wanted.size === 0 || frequency.size === 0) return scores;
  const weights = Float64Array.from({ length: count + 1 }, (_, regions) => Math.log1p(count / (1 + regions)));
  const weight = (trigram: string) => weights[frequency.get(trigram) ?? 0]!;
  let questionWeight = 0;
  for (const trigram of wanted) questionWeight += weight(trigram);
  held.forEach((set, number) => {
    let readingWeight = 0, shared = 0;
    for (const trigram of set) {
      readingWeight += weight(trigram);
      if (wanted.has(trigram)) shared += weight(trigram);
    }
    scores[number] = (5 * shared) / (readingWeight + 4 * questionWeight);
  });
  return scores;
}

/**
 * Literal-match features of the regions of one page, six columns a region, each 0 to 1: own
 * similarity; the best left of it in its row; that of the nearest region above; own over the page's
 * largest; the best of the others of its cell; the best above it in its table, else in its cell.
 */
export function matchFeatures(question: string, readings: readonly string[], layout: Layout): Float32Array[] {
  const own = similarity(question, readings);
  const top = Math.max(...own);
  const left = bestLeft(own, layout.rows);
  const above = aboveOf.get(layout) ?? regionsAbove(layout);
  aboveOf.set(layout, above);
  const { cell, table } = layout;
  return readings.map((_, index) => {
    let nearest = Infinity, over = 0, beside = 0, inBlock = 0;
    for (const { other, gap } of above[index]!) {
      if (gap < nearest) [nearest, over] = [gap, own[other]!];
      const block = table[index]! >= 0 ? table : cell;
      if (block[other] === block[index]) inBlock = Math.max(inBlock, own[other]!);
    }
    cell.forEach((number, other) => {
      if (number === cell[index] && other !== index) beside = Math.max(beside, own[other]!);
    });
    const ratio = top > 0 ? own[index]! / top : 0;
    return Float32Array.of(own[index]!, left[index]!, over, ratio, beside, inBlock);
  });
}

type Above = readonly (readonly { other: number; gap: number }[])[];
const aboveOf = new WeakMap<Layout, Above>(); // the same for every question

/** For each region those of earlier rows above it, with the gap between them. */
function regionsAbove(layout: Layout): Above {
  const rowOf: number[] = [];
  layout.rows.forEach((row, number) => row.forEach((index) => (rowOf[index] = number)));
  return layout.geometry.map(([x, y, width, height], index) =>
    layout.geometry.flatMap(([x2, y2, width2, height2], other) => {
      if (!(rowOf[other]! < rowOf[index]! && y2 < y)) return [];
      const overlap = Math.min(x + width / 2, x2 + width2 / 2) - Math.max(x - width / 2, x2 - width2 / 2);
      if (!(overlap >= MIN_OVERLAP * Math.max(Math.min(width, width2), 1e-9))) return [];
      return [{ other, gap: y - height / 2 - (y2 + height2 / 2) }];
    }),
  );
}

function bestLeft(scores: Float32Array, rows: readonly (readonly number[])[]): Float32Array {
  const best = new Float32Array(scores.length);
  for (const row of rows) {
    let most = 0;
    for (const index of row) {
      best[index] = most;
      most = Math.max(most, scores[index]!);
    }
  }
  return best;
}
