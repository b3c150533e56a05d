import { expect, test } from "vitest";

import { chooseCanvas, fitCanvas } from "../../src/vision/canvas.js";
import { resize, toGrey } from "../../src/vision/resize.js";
import { cases, image, same } from "../golden.js";

const GOLDEN = cases("resize");

test.each(GOLDEN.resize as any[])("resize to $target.file", ({ source, target }) => {
  const [height, width] = target.shape;
  const resized = resize(image("resize", source), width, height);
  expect([resized.width, resized.height]).toEqual([width, height]);
  expect(same(resized.data, image("resize", target).data)).toBe(true);
});

test("grey is the luma of colour", () => {
  const colour = GOLDEN.resize[0].source;
  const grey = GOLDEN.resize.find((item: any) => item.source.file === "grey.bin").source;
  expect(same(toGrey(image("resize", colour)).data, image("resize", grey).data)).toBe(true);
});

test.each(GOLDEN.fit_canvas as any[])("canvas of $page", ({ page, canvas, scale, used }) => {
  const chosen = chooseCanvas(page[1], page[0]);
  expect([chosen.height, chosen.width]).toEqual(canvas);
  expect(chosen.scale).toBeCloseTo(scale, 12);
  expect([chosen.used.height, chosen.used.width]).toEqual(used);
});

test("a page lies at the top left of a white canvas", () => {
  const page = { data: new Uint8Array(20 * 10 * 3), width: 10, height: 20, channels: 3 as const };
  const { image: canvas, used } = fitCanvas(page);
  expect(used).toEqual({ width: 15, height: 30 });
  expect(canvas.data[0]).toBe(0);
  expect(canvas.data[15 * 3]).toBe(255);
});

test("an empty size is refused", () => {
  const page = image("resize", GOLDEN.resize[0].source);
  expect(() => resize(page, 0, 5)).toThrow(/at least 1/);
});
