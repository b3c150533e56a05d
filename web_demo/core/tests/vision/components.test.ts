import { expect, test } from "vitest";

import { estimateSkew, geometry, readingOrder } from "../../src/vision/layout/order.js";
import { findText, regionsOf } from "../../src/vision/regions.js";
import { cases, distance, planes } from "../golden.js";

test.each(cases("components").find_regions as any[])("regions of $file", (golden) => {
  const [height, width] = golden.shape;
  const page = { width: golden.page_size[0], height: golden.page_size[1] };
  const found = regionsOf(findText(planes("components", golden.file, height, width)[0]!), golden.scale, page);
  expect(found.length).toBe(golden.regions.length);
  found.forEach((region, number) => {
    expect(distance(region.quad, golden.regions[number].quad)).toBeLessThan(1e-4);
    expect(region.score).toBeCloseTo(golden.regions[number].score, 6);
  });
  const skew = estimateSkew(found);
  expect(skew).toBeCloseTo(golden.skew, 6);
  expect(readingOrder(found, skew)).toEqual(golden.rows);
  expect(distance(geometry(found, page, skew), golden.geometry)).toBeLessThan(1e-6);
});
