import { expect, test } from "vitest";

import { chooseLongCanvas, isLong, joined, partsOf, spans } from "../../src/vision/parts.js";
import type { Pixels } from "../../src/vision/resize.js";
import { cases } from "../golden.js";

const GOLDEN = cases("parts");

test.each(GOLDEN.pages as any[])("parts of a page of $page", ({ page, scale, canvas, used, spans: told }) => {
  const fit = chooseLongCanvas(page[1], page[0]);
  expect([fit.height, fit.width]).toEqual(canvas);
  expect(fit.scale).toBeCloseTo(scale, 12);
  expect([fit.used.height, fit.used.width]).toEqual(used);
  expect(spans(fit)).toEqual(told);
});

test.each(GOLDEN.long as any[])("a page of $page is long: $long", ({ page, long }) => {
  expect(isLong({ width: page[1], height: page[0] })).toBe(long);
});

test.each([[2000, 480], [736, 2500]])("the maps of parts are the map of the whole: %d x %d", (height, width) => {
  const data = new Uint8Array(height * width * 3);
  for (let at = 0; at < data.length; at++) data[at] = at % 251;
  const canvas: Pixels = { data, width, height, channels: 3 };
  const reds = (pixels: Uint8Array) => new Float32Array(pixels.filter((_, at) => at % 3 === 0));
  const parts = partsOf(canvas);
  expect(new Set(parts.map((part) => part.height))).toEqual(new Set([height > width ? 960 : 736]));
  const whole = joined(parts.map((part) => reds(part.data)), canvas);
  expect(whole.data.every((value, at) => value === data[at * 3])).toBe(true);
});
