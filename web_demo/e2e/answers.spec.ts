/** The page answers in Chromium as Python does, on one thread and on two. */

import { expect, test } from "@playwright/test";

import { answers, ask, expectedOf, loadReader, openFile } from "./reader.js";

const RECEIPT = expectedOf("sroie-127.jpg");

for (const threads of [1, 2]) {
  test(`Python's words on ${threads} threads`, async ({ page }) => {
    const outside: string[] = [];
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && hostname !== "localhost") outside.push(request.url());
    });
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));

    await loadReader(page, `./?threads=${threads}`);
    await page.getByText(/Ready\. \d+ MB/).click();
    await expect(page.getByText(`${threads} threads`)).toBeVisible();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await openFile(page, RECEIPT[0]!.image);
    for (const [number, item] of RECEIPT.entries()) {
      const start = Date.now();
      await ask(page, item.question);
      const found = await answers(page, number + 1);
      console.log(`${threads} threads, ${Date.now() - start} ms: ${item.question} ${found.at(-1)}`);
      expect(found.at(-1)).toBe(item.answer.text ?? "not found");
    }
    await expect(page.locator("polygon.answer").first()).toBeVisible();
    await page.screenshot({ path: `build/browser/answers-${threads}.png` });
    expect(outside).toEqual([]);
    expect(faults).toEqual([]);
  });
}
