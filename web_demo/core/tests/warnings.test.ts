import { expect, test } from "vitest";

import { doubted } from "../src/warnings.js";

const READINGS = ["Total amount due", "12.50 EUR", "Thank you"];

test.each([
  ["a legible page", "What is the total?", READINGS, 0.97, 0.9],
  ["an empty page", "What is the total?", [], 1, 0.5],
  ["hardly any text", "What is the total?", ["12.50", "Total due -- !!"], 0.97, 0.5],
  ["blurred letters", "What is the total?", READINGS, 0.8, 0.5],
  ["a question in another script", "合計はいくらですか?", READINGS, 0.97, 0.5],
  ["a question without letters", "12?", READINGS, 0.97, 0.9],
])("'not found' on %s", (_, question, readings, legible, expected) => {
  expect(doubted(0.9, question, readings, legible)).toBe(expected);
});

test("'not found' that is doubted anyway stays so", () => {
  expect(doubted(0.2, "What is the total?", [], 1)).toBe(0.2);
});
