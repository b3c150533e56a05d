/** A visit: answer, offline reload, paste, PDF, camera, cancel, clear; and who reads by ear or by key. */

import { expect, test, type Page } from "@playwright/test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

import { answers, ask, expectedOf, loadReader, openFile } from "./reader.js";
import { pdfOf } from "./pdf_file.js";

const RECEIPT = expectedOf("sroie-127.jpg")[0]!;
const JPEG = readFileSync(RECEIPT.image);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test.beforeAll(() => {
  mkdirSync("build", { recursive: true });
  writeFileSync("build/camera.mjpeg", Buffer.concat([JPEG, JPEG])); // two frames of one page
});

/** Rules of accessibility that the page breaks. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE); // not as a script of the page, which its policy refuses
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
  });
}

test("a visit on a phone, then without a network", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, bypassCSP: false });
  const page = await context.newPage();
  await loadReader(page);
  await page.screenshot({ path: "build/browser/phone-ready.png" });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(/Ready\. \d+ MB/)).toBeVisible(); // from what is kept
  await openFile(page, RECEIPT.image);
  await ask(page, RECEIPT.question);
  expect(await answers(page, 1)).toEqual([RECEIPT.answer.text ?? "not found"]);
  await page.screenshot({ path: "build/browser/phone-answer.png", fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(360);
  expect(await violations(page)).toEqual([]);
  await context.setOffline(false);

  await page.getByText(/Ready\. \d+ MB/).click();
  await page.getByRole("button", { name: "Remove from this device" }).click();
  await expect(page.getByRole("button", { name: "Load the reader" })).toBeVisible();
  const kept = await page.evaluate(async () => (await (await navigator.storage.getDirectory()).keys().next()).value);
  expect(kept).toBeUndefined();
  await context.close();
});

test("paste, PDF, camera, cancel, copy and clear", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ["camera", "clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await loadReader(page);

  // Paste.
  await page.evaluate((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], "pasted.jpg", { type: "image/jpeg" }));
    dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer }));
  }, [...JPEG]);
  await expect(page.getByText(/\d+ regions/)).toBeVisible();

  // Cancel, then ask again.
  await ask(page, RECEIPT.question);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Cancelled.")).toBeVisible();
  await ask(page, RECEIPT.question);
  await answers(page, 1);
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(RECEIPT.answer.text!);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save CSV" }).click();
  expect((await saved).suggestedFilename()).toBe("answers.csv");

  // Accessibility of the fullest page; keys zoom it.
  expect(await violations(page)).toEqual([]);
  // Without motion, or a colour is seen on its way to the other.
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: "build/browser/desktop-dark.png" });
  const paper = (await page.locator(".paper canvas").boundingBox())!;
  expect(Math.min(paper.width, paper.height)).toBeGreaterThan(100);
  const box = (await page.locator("polygon.answer").first().boundingBox())!;
  expect(box.width).toBeGreaterThan(5);
  expect(box.y).toBeGreaterThan(paper.y);
  // The box is painted: without it, the same place looks another way.
  const clip = { x: box.x, y: box.y, width: box.width, height: box.height };
  const painted = await page.screenshot({ clip });
  const show = (visibility: string) =>
    page.locator("polygon.answer").first().evaluate((element, value) => {
      (element as SVGElement).style.visibility = value;
    }, visibility);
  await show("hidden");
  expect((await page.screenshot({ clip })).equals(painted)).toBe(false);
  await show("visible");
  const scale = () => page.locator(".paper").evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).a);
  const before = await scale();
  await page.locator(".frame").press("+");
  expect(await scale()).toBeGreaterThan(before);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.getByText("Answers appear here.")).toBeVisible();

  // A PDF of two pages.
  const { width, height } = { width: 704, height: 1400 };
  await openFile(page, { name: "two.pdf", mimeType: "application/pdf", buffer: pdfOf(JPEG, width, height, 2) });
  await expect(page.getByText("Page 1 of 2")).toBeVisible();
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(page.getByText("Page 2 of 2")).toBeVisible();
  await page.getByRole("button", { name: "Close the page" }).click();

  // A photo by the camera.
  await page.getByRole("button", { name: "Take a photo" }).click();
  await expect.poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth)).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Take", exact: true }).click();
  await expect(page.getByText(/\d+ regions/)).toBeVisible();
  await context.close();
});

test("a file that is no page is refused in words, and four languages are spoken", async ({ page }) => {
  await page.goto("./?lang=de");
  await expect(page.getByRole("heading", { name: "Frag ein Formular" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  for (const [language, title] of [["es", "Pregunta a un formulario"], ["fr", "Interroger un formulaire"]] as const) {
    await page.goto(`./?lang=${language}`);
    await expect(page.getByRole("heading", { name: title })).toBeVisible();
  }
  // Another origin is out of reach.
  const refused = await page.evaluate(
    () =>
      new Promise((resolve) => {
        addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        void fetch("http://127.0.0.1:9/").catch(() => undefined);
      }),
  );
  expect(refused).toBe("connect-src");
  await loadReader(page, "./?lang=en");
  const buffer = Buffer.from("this is no picture");
  await page.getByLabel("Choose a file").setInputFiles({ name: "x.png", mimeType: "image/png", buffer });
  await expect(page.getByRole("alert")).toContainText("That did not work");
});
