/** What the tests do on the page again and again. */

import { expect, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";

export interface Expected {
  readonly image: string;
  readonly question: string;
  readonly answer: { readonly text: string | null };
}

export const EXPECTED = (
  JSON.parse(readFileSync(new URL("../build/expected/answers.json", import.meta.url), "utf8")) as { cases: Expected[] }
).cases;

/** The documents of the demo with Python's answers, the smallest page first. */
export function expectedOf(name: string): Expected[] {
  return EXPECTED.filter((item) => item.image.endsWith(name));
}

export async function loadReader(page: Page, address = "./"): Promise<void> {
  await page.goto(address);
  await page.getByRole("button", { name: "Load the reader" }).click();
  await expect(page.getByText(/Ready\. \d+ MB/)).toBeVisible();
}

export async function openFile(page: Page, files: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await page.getByLabel("Choose a file").setInputFiles(files);
  await expect(page.getByRole("heading", { name: "Questions" })).toBeVisible();
}

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel("Question, in English").fill(question);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
}

/** The words of the newest answer, once it is there. */
export async function answers(page: Page, count: number): Promise<string[]> {
  await expect(page.locator("button.answer")).toHaveCount(count);
  return page.locator("button.answer").allInnerTexts();
}
