/** A bundle on a disk, and the answers of Python that `tools/expected.py` wrote. */

import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Answer, BundleFiles, PageImage } from "../../src/index.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

export const BUNDLE = process.env["PINPOINT_BUNDLE"] ?? join(ROOT, "bundles/forms-onnx-int4");
const EXPECTED = process.env["PINPOINT_EXPECTED"] ?? join(ROOT, "web_demo/build/expected");

export class DiskFolder implements BundleFiles {
  constructor(readonly where: string) {}

  async read(name: string): Promise<Uint8Array> {
    return new Uint8Array(await readFile(this.path(name)));
  }

  path(name: string): string {
    return join(this.where, name);
  }
}

export interface ExpectedCase {
  readonly image: string;
  readonly pixels: { readonly file: string; readonly width: number; readonly height: number };
  readonly question: string;
  readonly regions: number;
  readonly answer: Pick<Answer, "text" | "kind" | "source" | "confidence" | "page" | "boxes" | "evidence" | "tokens">;
}

/** Undefined where no bundle was exported, or Python's answers were not written. */
export function expectedCases(): ExpectedCase[] | undefined {
  const answers = join(EXPECTED, "answers.json");
  if (!existsSync(join(BUNDLE, "manifest.json")) || !existsSync(answers)) return undefined;
  return (JSON.parse(readFileSync(answers, "utf8")) as { cases: ExpectedCase[] }).cases;
}

export function pageOf({ pixels }: ExpectedCase): PageImage {
  const { file, width, height } = pixels;
  return { data: new Uint8Array(readFileSync(join(EXPECTED, file))), width, height, source: file };
}
