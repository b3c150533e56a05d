import { expect, test } from "vitest";

import { Tokenizer } from "../../src/generation/tokenizer.js";
import { cases } from "../golden.js";

const GOLDEN = cases("tokenizer");
const TOKENIZER = new Tokenizer(cases("tokenizer", "tokenizer"));
const hex = (bytes: string) =>
  Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");

test("the vocabulary counts control tokens", () => {
  expect(TOKENIZER.vocabulary).toBe(GOLDEN.vocabulary);
});

test.each(GOLDEN.cases as any[])("tokens of '$text'", ({ text, ids, token_bytes_hex }) => {
  expect(TOKENIZER.encode(text)).toEqual(ids);
  expect(ids.map((id: number) => hex(TOKENIZER.bytesTable[id]!))).toEqual(token_bytes_hex);
  expect(TOKENIZER.decode(ids)).toBe(text);
});

test("a control token that is missing is named", () => {
  expect(() => TOKENIZER.controlId("<|other|>")).toThrow(/<\|other\|>/);
});

test("another kind of tokenizer is refused", () => {
  expect(() => new Tokenizer({ model: { type: "WordPiece" } })).toThrow(/byte-level BPE/);
});
