/** The golden pages: every host step gives what they record; the bundle answers like them. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";

import { notFoundBias } from "../src/generation/generator.js";
import { PinPoint, toJson } from "../src/index.js";
import { estimateTokens, select, withCompanions } from "../src/retrieval/selection.js";
import { content, instructionIds, matchFeatures } from "../src/retrieval/trigrams.js";
import { fitCanvas } from "../src/vision/canvas.js";
import { REFINE_HEIGHT, batchCrops, cropWidth, glanceWidths } from "../src/vision/crop.js";
import { estimateSkew, layOut } from "../src/vision/layout/order.js";
import { Page } from "../src/vision/page.js";
import { findText, region, regionsOf } from "../src/vision/regions.js";
import { cases, distance, path, quad } from "./golden.js";
import { BUNDLE, DiskFolder, expectedCases } from "./node/disk.js";

const REFINE_WIDTHS = [192, 512, 1280, 2560];
const PARAMETERS = { temperature: 2, null_wins: 0.9, page_share: 0.1 };
const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

describe.each(["receipt", "form"])("the golden page '%s'", (name) => {
  const told = cases(`pages/${name}`, "page");
  const image = PNG.sync.read(readFileSync(path(`pages/${name}/page.png`)));
  const page = Page.of(image, 0);
  const canvas = fitCanvas(page.image);
  const found = told.found.map((item: any) => region(quad(item.quad), item.score));

  test("pixels and canvas", () => {
    expect(digest(page.image.data)).toBe(told.page_sha256);
    expect([canvas.image.height, canvas.image.width]).toEqual(told.canvas.size);
    expect([canvas.used.width, canvas.used.height]).toEqual(told.canvas.used);
    expect(digest(canvas.image.data)).toBe(told.canvas.sha256);
    expect(digest(canvas.grey.data)).toBe(told.canvas.grey_sha256);
  });

  test("regions of the recorded map, whose bytes round it", () => {
    const map = PNG.sync.read(readFileSync(path(`pages/${name}/text_map.png`)));
    const { width, height } = map;
    const data = new Float32Array(width * height);
    for (let at = 0; at < data.length; at++) data[at] = map.data[at * 4]! / 255;
    const seen = regionsOf(findText({ data, width, height }), canvas.scale, page);
    expect(seen.length).toBe(found.length);
    expect(distance(seen.map((r) => r.quad), found.map((r: any) => r.quad))).toBeLessThan(3);
  });

  test.each(["rows", "layout"] as const)("order by %s", (by) => {
    const { regions, layout } = layOut(found, canvas, page, by);
    expect(regions.map((each) => found.indexOf(each))).toEqual(told[by].order);
    expect(layout.rows).toEqual(told[by].rows);
    expect(estimateSkew(found)).toBeCloseTo(told.skew, 9);
    if (by === "rows") {
      expect(distance(layout.geometry, told.rows.geometry)).toBeLessThan(1e-6);
      return;
    }
    expect([layout.cell, layout.table]).toEqual([told.layout.cell, told.layout.table]);
    const places = layout.geometry.map((place, n) => [...place, ...layout.cells[n]!]);
    expect(distance(places, told.layout.places)).toBeLessThan(1e-6);
    expect(regions.map((_, n) => layout.companions(n))).toEqual(told.layout.companions);
  });

  test("crops", () => {
    const quads = layOut(found, canvas, page, "rows").regions.map((each) => each.quad);
    const made = (batches: ReturnType<typeof batchCrops>) =>
      [...batches].map(({ dims, used, data }) => ({ width: dims[3], used: [...used], sha256: digest(data) }));
    expect(made(batchCrops(page.grey, quads, 16, glanceWidths(16)))).toEqual(told.glance);
    for (const question of told.questions) {
      const groups = new Map<number, typeof quads>();
      for (const item of question.refined) {
        const own = quads[item.region]!, used = cropWidth(own, REFINE_HEIGHT);
        const width = REFINE_WIDTHS.find((each) => used <= each)!;
        groups.set(width, [...(groups.get(width) ?? []), own]);
      }
      const all = [...groups].flatMap(([width, group]) => made(batchCrops(page.image, group, REFINE_HEIGHT, [width])));
      expect(all).toEqual(question.refine);
    }
  });

  test("choice from the recorded readings and scores", () => {
    const { layout } = layOut(found, canvas, page, "rows");
    expect(told.readings.map(estimateTokens)).toEqual(told.costs);
    for (const question of told.questions) {
      expect(content(question.question)).toBe(question.content);
      expect([...instructionIds(question.question, 64)]).toEqual(question.instruction);
      const match = matchFeatures(question.question, told.readings, layout);
      const columns = question.match[0].length;
      expect(distance(match.map((row) => [...row.slice(0, columns)]), question.match)).toBeLessThan(2e-6);
      const scores = question.scores.map(Math.fround);
      const limits = { coverage: 0.8, tokenBudget: 256 };
      const chosen = select([...scores, 0], told.costs, limits, PARAMETERS);
      expect(chosen.found).toBe(question.found);
      expect(chosen.null).toBeCloseTo(question.null, 6);
      const indices = withCompanions(chosen, scores, told.costs, 256, (n) => layout.companions(n));
      expect(indices).toEqual(question.chosen);
      expect(notFoundBias(question.null, { share: 0.2, limit: 3 })).toBeCloseTo(question.bias, 9);
    }
  });

  test.skipIf(!expectedCases())("answers of the bundle", async () => {
    const reader = await PinPoint.load(new DiskFolder(BUNDLE), { ort, session: { intraOpNumThreads: 1 } });
    const document = await reader.open(image);
    for (const question of told.questions) {
      const { text, kind, tokens } = toJson(await document.ask(question.question));
      expect({ text, kind, tokens }).toEqual({
        text: question.answer.text,
        kind: question.answer.kind,
        tokens: question.answer.tokens,
      });
    }
    await reader.close();
  });
});
