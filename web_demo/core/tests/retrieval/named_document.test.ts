import { expect, test } from "vitest";

import { namedDocument } from "../../src/retrieval/named_document.js";
import { cases } from "../golden.js";

const { readings, documents, questions } = cases("documents").named;

test.each(questions as any[])("$question", ({ question, names }) => {
  expect(namedDocument(question, readings, documents) ?? null).toBe(names);
});

test("one document is never named", () => {
  expect(namedDocument(questions[0].question, readings, [])).toBeUndefined();
});
