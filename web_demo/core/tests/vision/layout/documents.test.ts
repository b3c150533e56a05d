import { expect, test } from "vitest";

import { findDocuments } from "../../../src/vision/layout/documents.js";
import { framed } from "../../../src/vision/layout/order.js";
import { cases, distance } from "../../golden.js";

const GOLDEN = cases("documents");

test.each(GOLDEN.pages as any[])("documents of '$name'", ({ boxes, rules, documents }) => {
  expect(findDocuments(boxes, rules)).toEqual(documents);
});

test("geometry on documents", () => {
  const { geometry, documents, on_documents } = GOLDEN.framed;
  const places = geometry.map((place: number[]) => place.map(Math.fround));
  expect(distance(framed(places, documents), on_documents)).toBeLessThan(1e-6);
});
