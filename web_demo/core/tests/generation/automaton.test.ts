import { expect, test } from "vitest";

import { AnswerAutomaton, TokenTable } from "../../src/generation/automaton.js";
import { decodeConstrained } from "../../src/generation/constrained.js";
import { END } from "../../src/generation/prompt.js";
import { quotableText, wordEnds, wordStarts } from "../../src/generation/quotable.js";
import { Tokenizer } from "../../src/generation/tokenizer.js";
import type { Place } from "../../src/vision/layout/order.js";
import { cases } from "../golden.js";
import { piece } from "./pieces.js";

const GOLDEN = cases("grounding");
const TOKENIZER = new Tokenizer(cases("tokenizer", "tokenizer"));
const TABLE = new TokenTable(TOKENIZER.bytesTable, TOKENIZER.controlId(END));
const LINES = GOLDEN.rows.map((row: unknown[]) => row.map(piece));
const GEOMETRY = GOLDEN.geometry.map((place: number[]) => place.map(Math.fround)) as Place[];
const QUOTABLE = quotableText(LINES, GEOMETRY, Float32Array.from(GOLDEN.relevance));

test.each(GOLDEN.words as any[])("words of '$text'", ({ text, starts, ends }) => {
  expect(wordStarts(text)).toEqual(starts);
  expect(wordEnds(text)).toEqual(ends);
});

test("regions that a span may run on to", () => {
  expect(QUOTABLE.map((region) => region.successors)).toEqual(GOLDEN.successors);
});

test.each(GOLDEN.answers as any[])("$question $text", (golden) => {
  const automaton = new AnswerAutomaton(TABLE, QUOTABLE, golden.question);
  for (const step of golden.steps) {
    expect([...automaton.allowed()]).toEqual(step.allowed);
    automaton.push(step.push);
  }
  const { text, kind, complete, pieces, alternatives } = automaton.finish();
  expect({ text, kind, complete, pieces, alternatives }).toEqual({
    text: golden.text,
    kind: golden.kind,
    complete: true,
    pieces: golden.pieces,
    alternatives: golden.alternatives,
  });
});

test.each([
  ["RM60.30", [0, 2], [7]],
  ["5/22/20-5/28/20", [0, 8], [7, 15]],
])("dates and currencies of %s", (text, starts, ends) => {
  expect(wordStarts(text)).toEqual(starts);
  expect(wordEnds(text)).toEqual(ends);
});

test("a token that does not continue the text is refused", () => {
  const automaton = new AnswerAutomaton(TABLE, QUOTABLE, "What?");
  expect(() => automaton.push(TABLE.endId)).toThrow(/end of a word/);
  expect(() => automaton.push(TABLE.ids.get("z")!)).toThrow(/does not continue/);
});

test("decoding takes the best allowed token, and weighs 'not found' by its bias", async () => {
  const logits = new Float32Array(TOKENIZER.vocabulary);
  logits[TABLE.endId] = 5; // not allowed at first
  const step = async () => logits;
  const automaton = () => new AnswerAutomaton(TABLE, QUOTABLE, "What?");
  const plain = await decodeConstrained(logits, step, automaton(), 20);
  expect(plain.span.kind).toBe("span");
  const biased = await decodeConstrained(logits, step, automaton(), 20, 9);
  expect(biased.span.kind).toBe("not-found");
  expect(biased.notFound).toBeGreaterThan(0.9);
});
