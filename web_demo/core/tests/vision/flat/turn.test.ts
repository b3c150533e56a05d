import { expect, test } from "vitest";

import type { Transcription } from "../../../src/vision/ctc.js";
import { isUpsideDown, quartersOf, withUpwardLines, type ReadLines } from "../../../src/vision/flat/turn.js";
import { region } from "../../../src/vision/regions.js";
import { cases, quad } from "../../golden.js";

/** Is as sure of a line as the case says. */
function reader(golden: any): { read: ReadLines; asked: () => number } {
  const texts = new Map<string, Transcription>();
  for (const [name, from] of [["", 0], ["turned_", 2]] as const) {
    golden.quads.forEach((corners: number[][], n: number) => {
      const probabilities = new Array<number>(golden[`${name}characters`][n]).fill(golden[`${name}sure`][n]);
      const key = JSON.stringify([...corners.slice(from), ...corners.slice(0, from)]);
      texts.set(key, { text: "", characters: [], spans: [], probabilities });
    });
  }
  let asked = 0;
  const read: ReadLines = async (lines) => {
    asked += lines.length;
    return lines.map((line) => texts.get(JSON.stringify(line.quad))!);
  };
  return { read, asked: () => asked };
}

test.each(cases("turn").pages as any[])("which way is up: $name", async (golden) => {
  const found = golden.quads.map((corners: number[][]) => region(quad(corners), 0.9));
  const { read, asked } = reader(golden);
  expect(await quartersOf(found, read)).toBe(golden.quarters);
  expect(await isUpsideDown(found, golden.readings, read)).toBe(golden.upside_down);
  const single = await withUpwardLines(found, read);
  expect(single.map((line) => line.quad)).toEqual(golden.single_lines);
  if (["upright", "unasked", "short_at_the_margin"].includes(golden.name)) expect(asked()).toBe(0);
});
