import { expect, test } from "vitest";

import { answerIds, build, checkQuestion } from "../../src/generation/prompt.js";
import { Tokenizer } from "../../src/generation/tokenizer.js";
import { cases } from "../golden.js";
import { piece } from "./pieces.js";

const GOLDEN = cases("prompt");
const TOKENIZER = new Tokenizer(cases("tokenizer", "tokenizer"));

test.each(GOLDEN.cases as any[])("prompt of '$instruction'", (golden) => {
  const lines = golden.rows.map((row: unknown[]) => row.map(piece));
  const built = build(TOKENIZER, golden.instruction, lines);
  expect([...built.ids]).toEqual(golden.ids);
  expect(built.visualOrder).toEqual(golden.visual_order);
  expect(built.spans).toEqual(golden.spans);
  expect(built.prefixLength).toBe(golden.prefix_length);
  expect(built.questionStart).toBe(golden.question_start);
});

test.each(GOLDEN.answers as any[])("answer '$answer'", ({ answer, ids }) => {
  expect(answerIds(TOKENIZER, answer)).toEqual(ids);
});

test("an empty and an endless question are refused", () => {
  expect(() => checkQuestion(" \n ")).toThrow(/empty/);
  expect(() => checkQuestion("a".repeat(2001))).toThrow(/2001/);
});
