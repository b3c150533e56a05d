import { expect, test } from "vitest";

import { decodeProbability, ofAnswer, readerProbability } from "../../src/generation/confidence.js";
import { cases } from "../golden.js";

test.each([...cases("confidence").cases, ...cases("confidence", "further").cases] as any[])("confidence of $signals, found $found", (golden) => {
  expect(ofAnswer(golden.signals, golden.found, golden.weights)).toBeCloseTo(golden.confidence, 8);
});

test("what was not asked is sure", () => {
  expect(decodeProbability([])).toBe(1);
  expect(readerProbability([])).toBe(1);
});

test("a signal that is not known is named", () => {
  const all = { decode: 1, least: 1, reader: 1, null: 0, not_found: 0 };
  const signals = { ...all, focus: 1, support: 1, legible: 1, label: 1 };
  expect(() => ofAnswer(signals, true, { found: { other: 1 } })).toThrow(/other/);
});
