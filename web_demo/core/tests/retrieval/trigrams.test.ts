import { expect, test } from "vitest";

import { content, matchFeatures, normalise, trigramCount, trigramIds } from "../../src/retrieval/trigrams.js";
import { Layout, type Place } from "../../src/vision/layout/order.js";
import { cases, distance } from "../golden.js";

const GOLDEN = cases("trigrams");

test.each(GOLDEN.texts as any[])("trigrams of '$text'", (golden) => {
  expect(normalise(golden.text)).toBe(golden.normalised);
  expect(content(golden.text)).toBe(golden.content);
  expect(trigramCount(golden.text)).toBe(golden.count);
  expect([...trigramIds(golden.text, GOLDEN.length)]).toEqual(golden.ids);
});

test.each(GOLDEN.questions as any[])("match of '$question'", ({ question, match }) => {
  const { readings, geometry, rows, cell, table } = GOLDEN.page;
  const places = geometry.map((place: number[]) => place.map(Math.fround)) as Place[];
  const found = matchFeatures(question, readings, new Layout(rows, cell, table, places));
  expect(distance(found.map((row) => [...row]), match)).toBeLessThan(1e-6);
});

test.each([
  ["STRASSE", "Straße"],
  ["ΣΊΣΥΦΟΣ", "σίσυφος"],
  ["ﬁnal", "FINAL"],
])("%s and %s are the same letters", (one, other) => {
  expect(normalise(one)).toBe(normalise(other));
});
