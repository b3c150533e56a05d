/** What the page does without a browser: its texts, its files, its client, and where a picture lies. */

import { expect, test, vi } from "vitest";

import { Client, WorkerError, type Port } from "../src/client.js";
import type { Request, Response } from "../src/protocol.js";
import { asCsv, asJson, asTable, type Row } from "../src/save.js";
import { TEMPLATES } from "../src/templates.js";
import { LANGUAGES, chooseLanguage, fill, textOf } from "../src/texts/texts.js";
import { Viewport, type Place } from "../src/views/viewport.js";

function row(text: string | null, field = "total"): Row {
  const answer = {
    text, found: text !== null, kind: "span", confidence: 0.98765, page: text === null ? null : 1, boxes: [[1, 2, 3, 4]],
    quads: [], evidence: [], timings: { decode: 1.234 },
    tokens: { evidence: 1, visual: 1, prompt: 9, answer: 2, budget: 256, page_estimate: 10, dropped: 0 },
  } as unknown as Row["answer"];
  return { field, question: "What is the total?", answer };
}

test("every language has the same texts, with the same places to fill", () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const english = LANGUAGES["en"]!;
  for (const texts of Object.values(LANGUAGES)) {
    expect(Object.keys(texts)).toEqual(Object.keys(english));
    for (const key of Object.keys(english) as (keyof typeof english)[]) {
      expect(places(texts[key])).toEqual(places(english[key]));
    }
  }
});

test("the browser's first known language is taken", () => {
  expect(chooseLanguage(["pt-BR", "de-AT", "en"])).toBe("de");
  expect(chooseLanguage(["ja"])).toBe("en");
  expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
});

test("every field and template has a text", () => {
  for (const { key, fields } of TEMPLATES) {
    expect(textOf("template", key)).not.toBe(key);
    for (const field of Object.keys(fields)) expect(textOf("field", field)).not.toBe(field);
  }
});

test("CSV quotes what it must, and no spreadsheet computes a text", () => {
  const lines = asCsv([row('1,5 "m"'), row("=1+1"), row("-12.50"), row(null)]).split("\r\n");
  expect(lines[0]).toBe("field,question,answer,confidence,page");
  expect(lines[1]).toBe('total,What is the total?,"1,5 ""m""",0.988,2');
  expect(lines[2]).toContain(",'=1+1,");
  expect(lines[3]).toContain(",-12.50,");
  expect(lines[4]).toBe("total,What is the total?,,0.988,");
});

test("JSON has the keys of the command, the clipboard a table", () => {
  const [first] = JSON.parse(asJson([row("5")])) as Record<string, unknown>[];
  expect(first).toMatchObject({ field: "total", text: "5", confidence: 0.9877, timings: { decode: 1.23 } });
  expect(asTable([row("a\nb"), row(null, "date")])).toBe("total\ta b\ndate\t");
});

/** A worker that answers as it is told. */
function fakeWorker() {
  const sent: Request[] = [];
  const port: Port = { onmessage: null, postMessage: (message) => sent.push(message) };
  const answer = (data: Response) => port.onmessage!({ data } as MessageEvent<Response>);
  return { client: new Client(port), sent, answer };
}

test("answers, progress and failures reach the call that asked", async () => {
  const { client, answer } = fakeWorker();
  const onProgress = vi.fn();
  const first = client.call("ask", "one", { onProgress }), second = client.call("ask", "two");
  answer({ id: 1, progress: { kind: "step", step: "align", share: 0.5 } });
  answer({ id: 2, failure: { name: "OptionError", code: "option", message: "no" } });
  answer({ id: 1, result: "found" });
  expect(await first).toBe("found");
  await expect(second).rejects.toBeInstanceOf(WorkerError);
  await expect(second).rejects.toMatchObject({ code: "option", message: "no" });
  expect(onProgress).toHaveBeenCalledOnce();
});

test("a signal cancels its own call", () => {
  const { client, sent } = fakeWorker();
  const abort = new AbortController();
  void client.call("ask", "one");
  void client.call("ask", "two", { signal: abort.signal });
  abort.abort();
  expect(sent.at(-1)).toEqual({ cancel: 2 });
});

test("a picture is fitted, zoomed about a point, and never lost", () => {
  let place: Place = { scale: 0, x: 0, y: 0 };
  const viewport = new Viewport((changed) => (place = changed));
  viewport.fit({ clientWidth: 400, clientHeight: 300 }, { width: 1000, height: 500 });
  expect(place).toEqual({ scale: 0.4, x: 0, y: 50 });
  const under = (x: number) => (x - place.x) / place.scale;
  const before = under(100);
  viewport.zoom(2, 100, 100);
  expect(under(100)).toBeCloseTo(before, 9);
  viewport.pan(-100_000, 100_000);
  expect(place.x + 1000 * place.scale).toBeGreaterThanOrEqual(40);
  expect(place.y).toBeLessThanOrEqual(300 - 40);
});
