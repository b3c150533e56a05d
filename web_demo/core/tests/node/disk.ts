/** A bundle on a disk, and the answers of Python that `tests/hosts/python_answers.py` wrote. */

import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PNG } from "pngjs";

import type { Answer, BundleFiles, PageImage } from "../../src/index.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

export const BUNDLE = process.env["PINPOINT_BUNDLE"] ?? join(ROOT, "bundles/forms-onnx-int4");
/** Folders of answers: the demo's, those on turned, bent and long pages, and a further one. */
export const FOLDERS = [
  join(ROOT, "web_demo/build/expected"),
  join(ROOT, "web_demo/build/unusual"),
  ...(process.env["PINPOINT_EXPECTED"] ? [process.env["PINPOINT_EXPECTED"]] : []),
];

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
  /** The page as a PNG file beside the answers. */
  readonly picture: string;
  readonly question: string;
  readonly regions: number;
  readonly turned: number;
  readonly straightened: boolean;
  readonly answer: Pick<Answer, "text" | "kind" | "source" | "confidence" | "page" | "boxes" | "evidence" | "tokens">;
}

/** Undefined where no bundle was exported, or Python's answers were not written. */
export function expectedCases(folder = FOLDERS[0]!): ExpectedCase[] | undefined {
  const answers = join(folder, "answers.json");
  if (!existsSync(join(BUNDLE, "manifest.json")) || !existsSync(answers)) return undefined;
  return (JSON.parse(readFileSync(answers, "utf8")) as { cases: ExpectedCase[] }).cases;
}

export function pageOf({ picture }: ExpectedCase, folder = FOLDERS[0]!): PageImage {
  const { data, width, height } = PNG.sync.read(readFileSync(join(folder, picture)));
  return { data, width, height, source: picture };
}
