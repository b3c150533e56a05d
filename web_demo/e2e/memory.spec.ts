/** The memory of the tab while it loads the reader, reads a dense page and answers: on Linux, from /proc. */

import { expect, test, type Browser } from "@playwright/test";
import { readFileSync } from "node:fs";

import { answers, ask, expectedOf, loadReader, openFile } from "./reader.js";

const MOST = 950; // million bytes; README.md has the figure, 900 is the goal
const DENSE = expectedOf("fdf168ea-c840-1465-710a-762427b285c3_p0.jpg")[0]!;

/** The largest share of memory, in million bytes, that a renderer of this browser holds. */
async function held(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = processInfo.map(({ type, id }) => {
    if (type !== "renderer") return 0;
    try {
      const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"));
      return (Number(pss?.[1] ?? 0) * 1024) / 1e6;
    } catch {
      return 0; // it has ended
    }
  });
  return Math.max(...sizes);
}

test.skip(process.platform !== "linux", "memory is read from /proc");
test("the tab stays small", async ({ page, browser }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  let most = 0, now = 0, watching = true;
  const watch = (async () => {
    while (watching) {
      now = await held(browser);
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  const report = (step: string) => console.log(`${step}: ${now.toFixed(0)} MB, at most ${most.toFixed(0)} MB so far`);
  try {
    await page.goto("./");
    await page.waitForTimeout(1000);
    report("page");
    await loadReader(page, "./?threads=2");
    report("loaded");
    await openFile(page, DENSE.image);
    await expect(page.getByText(/\d+ regions/)).toBeVisible();
    report("opened");
    await ask(page, DENSE.question);
    expect(await answers(page, 1)).toEqual([DENSE.answer.text]);
    report("answered");
    await page.locator(".paper").scrollIntoViewIfNeeded();
    await page.screenshot({ path: "build/browser/desktop-answer.png" });
  } finally {
    watching = false;
    await watch;
  }
  expect(most).toBeLessThanOrEqual(MOST);
});
