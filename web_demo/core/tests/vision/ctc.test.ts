import { expect, test } from "vitest";

import { decode } from "../../src/vision/ctc.js";
import { bytes, cases, distance } from "../golden.js";

const GOLDEN = cases("ctc");
const CLASSES = new Int32Array(bytes("ctc/classes.bin").buffer);
const PROBABILITIES = new Float32Array(bytes("ctc/probabilities.bin").buffer);

test.each(GOLDEN.decode as any[])("read '$text'", ({ offset, shape, used, text, probabilities, spans }) => {
  const columns = shape[1] ?? 1;
  const best = <T extends ArrayLike<number>>(values: T) =>
    Array.from({ length: shape[0] }, (_, step) => values[offset + step * columns]!);
  const read = decode(best(CLASSES), best(PROBABILITIES), GOLDEN.characters, used);
  expect(read.text).toBe(text);
  expect(distance(read.probabilities, probabilities)).toBeLessThan(1e-7);
  expect(distance(read.spans, spans)).toBeLessThan(1e-7);
});

test("a class without a character names the list", () => {
  expect(() => decode([1, 99], undefined, ["", "a"])).toThrow(/class 99/);
});

test("a share of the crop outside (0, 1] is refused", () => {
  expect(() => decode([1], undefined, ["", "a"], 0)).toThrow(/used/);
});
