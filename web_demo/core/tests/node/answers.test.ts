/** The real bundle on onnxruntime-node answers as Python does, word for word. */

import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { PinPoint, toJson, type Document, type Step } from "../../src/index.js";
import { distance } from "../golden.js";
import { BUNDLE, DiskFolder, FOLDERS, expectedCases, pageOf } from "./disk.js";

const CASES = expectedCases();
/** A kernel of another version may decide a close choice otherwise: rare, and counted. */
const LEAST = 0.99;

describe.skipIf(!CASES)("the bundle on onnxruntime-node", () => {
  const cases = CASES ?? [];
  let reader: PinPoint;
  beforeAll(async () => {
    reader = await PinPoint.load(new DiskFolder(BUNDLE), { ort, session: { intraOpNumThreads: 1 } });
  });
  afterAll(() => reader.close());

  const first = () => reader.open(pageOf(cases[0]!));

  test.each(FOLDERS)("answers in Python's words, from the same places: %s", { timeout: 7_200_000 }, async (folder) => {
    const listed = expectedCases(folder) ?? [];
    let same = 0, farthest = 0;
    const spent: Record<string, number> = {};
    let open: { image: string; page: Document } | undefined;
    for (const item of listed) {
      if (open?.image !== item.image) {
        open = { image: item.image, page: await reader.open(pageOf(item, folder)) };
        for (const [step, ms] of Object.entries(open.page.timings)) spent[step] = (spent[step] ?? 0) + ms;
      }
      const { page } = open, looked = page.pages[0]!;
      expect(page.regions.length).toBe(item.regions);
      expect([looked.turned, looked.straightened]).toEqual([item.turned, item.straightened]);
      const answer = toJson(await page.ask(item.question));
      for (const [step, ms] of Object.entries(answer.timings)) spent[step] = (spent[step] ?? 0) + ms;
      if (answer.text !== item.answer.text) {
        console.log(`${item.image} ${item.question}\n  ${answer.text}\n  ${item.answer.text} (Python)`);
        continue;
      }
      same++;
      expect(answer.kind).toBe(item.answer.kind);
      expect(answer.page).toBe(item.answer.page);
      expect(answer.source).toBe(item.answer.source);
      expect(answer.evidence.map((region) => region.text)).toEqual(item.answer.evidence.map((region) => region.text));
      const apart = distance(answer.boxes, item.answer.boxes);
      expect(apart).toBeLessThan(1);
      farthest = Math.max(farthest, apart);
      expect(Math.abs(answer.confidence - item.answer.confidence)).toBeLessThan(0.01);
      expect(answer.tokens).toEqual(item.answer.tokens);
    }
    console.log(`${same} of ${listed.length} in Python's words, boxes at most ${farthest.toFixed(2)} px apart`);
    console.log(`ms: ${JSON.stringify(spent)}`);
    expect(same).toBeGreaterThanOrEqual(LEAST * listed.length);
  });

  test("the order of questions changes no answer", async () => {
    const mine = cases.filter((item) => item.image === cases[0]!.image);
    const page = await first();
    for (const item of mine.slice(0, 2).reverse()) {
      const answer = await page.ask(item.question);
      expect(answer.text).toBe(item.answer.text);
    }
  });

  test("a cancelled question leaves the page fit for the next one", async () => {
    const page = await first();
    const abort = new AbortController();
    const steps: Step[] = [];
    const onProgress = (step: Step) => {
      steps.push(step);
      if (step === "decode") abort.abort();
    };
    const options = { signal: abort.signal, onProgress };
    await expect(page.ask(cases[0]!.question, options)).rejects.toMatchObject({ name: "AbortError" });
    expect(steps).toContain("prefill");
    expect((await page.ask(cases[0]!.question)).text).toBe(cases[0]!.answer.text);
  });

  test("an empty page has nothing to find", async () => {
    const blank = { data: new Uint8Array(600 * 400 * 3).fill(255), width: 400, height: 600 };
    const answer = await (await reader.open(blank)).ask("What is the total?");
    expect(answer).toMatchObject({ text: null, found: false, kind: "not-found", confidence: 0.5 });
  });

  test("what makes no sense is refused by its code", async () => {
    const page = await first();
    await expect(page.ask("  ")).rejects.toMatchObject({ code: "instruction" });
    await expect(page.ask("Total?", { coverage: 2 })).rejects.toMatchObject({ code: "option" });
    await expect(page.extract({})).rejects.toMatchObject({ code: "option" });
    await expect(reader.open({ data: new Uint8Array(3), width: 0, height: 1 })).rejects.toMatchObject({ code: "page" });
  });
});
