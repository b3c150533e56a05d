import { expect, test } from "vitest";

import type { Canvas } from "../../../src/vision/canvas.js";
import { Bend, findBend } from "../../../src/vision/flat/bend.js";
import { withInkSlopes } from "../../../src/vision/flat/ink.js";
import { findPieces, fitSlopes } from "../../../src/vision/flat/slopes.js";
import { findText } from "../../../src/vision/regions.js";
import { bytes, cases, distance, image, planes, same } from "../../golden.js";

const GOLDEN = cases("bend");
const BENT = GOLDEN.pages.filter((golden: any) => golden.bend);

function bendOf({ nodes, size: [width, height] }: any): Bend {
  return new Bend(nodes, { width, height });
}

function opened({ name, shape: [height, width], size, scale }: any) {
  const grey = image("bend", { file: `${name}.grey.bin`, shape: [height, width, 1] });
  const canvas: Canvas = { image: grey, grey, scale, used: { width: size[0], height: size[1] } };
  return { components: findText(planes("bend", `${name}.map.bin`, height, width)[0]!), canvas };
}

test.each(GOLDEN.pages as any[])("the bend of '$name'", (golden) => {
  const { components, canvas } = opened(golden);
  const pieces = findPieces(components);
  const measured = pieces.map(({ x, y, slope, weight }) => [x, y, slope, weight]);
  expect(distance(measured, golden.pieces)).toBeLessThan(1e-6);
  const inked = withInkSlopes(pieces, canvas.grey);
  expect(distance(inked.map((piece) => piece.slope), golden.ink)).toBeLessThan(1e-6);
  const { slopes } = fitSlopes(inked, canvas.used);
  expect(distance([...slopes], golden.field.flat())).toBeLessThan(1e-6);
  const bend = findBend(components, canvas, golden.tall, golden.page[1]);
  if (!golden.bend) {
    expect(bend).toBeUndefined();
    return;
  }
  expect([bend!.size.width, bend!.size.height]).toEqual(golden.bend.size);
  expect(bend!.places).toEqual(golden.bend.nodes);
});

test.each(BENT as any[])("the flat page of '$name', and the way back", (golden) => {
  const bend = bendOf(golden.bend);
  const flat = bend.flatten(image("bend", { file: `${golden.name}.page.bin`, shape: golden.page }));
  expect(same(flat.data, bytes(`bend/${golden.name}.flat.bin`))).toBe(true);
  expect(distance(golden.points.map((point: any) => bend.toBent(point)), golden.bent_points)).toBeLessThan(1e-4);
});

test("a bend through another", () => {
  const bends = new Map<string, Bend>(BENT.map((golden: any) => [golden.name, bendOf(golden.bend)]));
  const { first, second, nodes } = GOLDEN.twice;
  expect(bends.get(second)!.of(bends.get(first)!).places).toEqual(nodes);
});

test("a page of a few lines is flat", () => {
  const { components, canvas } = opened(BENT[0]);
  expect(findBend(components.slice(0, 3), canvas, 16, 300)).toBeUndefined();
  expect(findBend([], canvas, 16, 300)).toBeUndefined();
});
