import { expect, test } from "vitest";

import { View } from "../../../src/vision/flat/view.js";
import type { Point } from "../../../src/vision/geometry.js";
import { Page } from "../../../src/vision/page.js";

test.each([0, 1, 2, 3])("points go back with %d quarters", (quarters) => {
  const width = 30, height = 20;
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 7919) % 251);
  const view = View.of(Page.of({ data, width, height }, 0), quarters);
  expect(view.way.turned).toBe([0, 270, 180, 90][quarters]);
  const { image } = view.page;
  const seen: number[] = [], given: number[] = [];
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const corner: Point = [x + 0.5, y + 0.5];
      const [back] = view.way.toGiven([corner, corner, corner, corner]);
      const there = (Math.floor(back[1]) * width + Math.floor(back[0])) * 3;
      seen.push(image.data[(y * image.width + x) * 3]!);
      given.push(data[there]!);
    }
  }
  expect(seen).toEqual(given);
});
