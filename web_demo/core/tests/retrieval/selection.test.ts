import { expect, test } from "vitest";

import { estimateTokens, select, withCompanions } from "../../src/retrieval/selection.js";
import { cases } from "../golden.js";

const PARAMETERS = { temperature: 2, null_wins: 0.9, page_share: 0.1 };

test.each(cases("selection").select as any[])("selection of $relevance", (golden) => {
  const limits = { coverage: golden.coverage, tokenBudget: golden.budget };
  const found = select(golden.relevance, golden.costs, limits, PARAMETERS);
  expect(found.indices).toEqual(golden.selection.indices);
  found.relevance.forEach((share, n) => expect(share).toBeCloseTo(golden.selection.relevance[n], 8));
  expect(found.covered).toBeCloseTo(golden.selection.covered, 8);
  expect(found.null).toBeCloseTo(golden.selection.null, 8);
  expect(found.found).toBe(golden.selection.found);
  expect(found.estimatedTokens).toBe(golden.selection.estimated_tokens);
});

test("companions enter while the budget holds them", () => {
  const chosen = select([3, 0, 0, -9], [5, 5, 5], { coverage: 0.5, tokenBudget: 10 }, PARAMETERS);
  expect(withCompanions(chosen, [3, 0, 0], [5, 5, 5], 10, () => [2, 1])).toEqual([0, 2]);
});

test("digits count one token each, other characters a third", () => {
  expect(estimateTokens("Total 12")).toBe(2 + 2 + 2);
});
