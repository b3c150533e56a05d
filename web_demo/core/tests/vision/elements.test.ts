import { expect, test } from "vitest";

import { findElements, framed, inkInside, join, seeTicks, transcription } from "../../src/vision/elements.js";
import { region, type Region } from "../../src/vision/regions.js";
import { cases, distance, image, planes, quad } from "../golden.js";

const GOLDEN = cases("marks");

function expectRegions(found: readonly Region[], golden: any[]) {
  expect(found.map((region) => region.kind)).toEqual(golden.map((region) => region.kind));
  expect(distance(found.map((region) => region.quad), golden.map((region) => region.quad))).toBeLessThan(1e-4);
  expect(distance(found.map((region) => region.score), golden.map((region) => region.score))).toBeLessThan(1e-6);
}

test.each(GOLDEN.find_marks as any[])("elements of $file", (given) => {
  const [, height, width] = given.shape;
  const page = { width: given.page_size[0], height: given.page_size[1] };
  const found = findElements(planes("marks", given.file, height, width), given.scale, page);
  expectRegions(found, given.marks);
  const lines = given.lines.map((line: any) => region(quad(line.quad), line.score));
  expectRegions(join(lines, found), given.joined);
});

test.each(GOLDEN.see_ticks.boxes as any[])("ink in $box", ({ box, ink, frame, seen }) => {
  const page = image("marks", GOLDEN.see_ticks);
  const [x0, y0, x1, y1] = box;
  expect(inkInside(page, box)).toBeCloseTo(ink, 6);
  expect(framed(page, box)).toBeCloseTo(frame, 6);
  const element = region([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], 0.9, "unticked");
  expect(seeTicks(page, [element])[0]?.kind ?? null).toBe(seen);
});

test("an element is read as its name, as sure as its score", () => {
  const read = transcription(region([[0, 0], [9, 0], [9, 9], [0, 9]], 0.8, "ticked"));
  expect(read.text).toBe("[x]");
  expect(read.probabilities).toEqual([0.8, 0.8, 0.8]);
  expect(read.spans[2]).toEqual([2 / 3, 1]);
});
