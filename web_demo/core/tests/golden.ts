/** The golden vectors of tests/golden, which every host passes. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Quad } from "../src/vision/geometry.js";
import type { Pixels } from "../src/vision/resize.js";

const FOLDER = new URL("../../../tests/golden/", import.meta.url);

export function path(name: string): string {
  return fileURLToPath(new URL(name, FOLDER));
}

/** The cases of a step, which are as its Python file wrote them. */
export function cases(step: string, name = "cases"): any {
  return JSON.parse(readFileSync(path(`${step}/${name}.json`), "utf8"));
}

export function bytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path(name)));
}

export interface FileEntry {
  readonly file: string;
  readonly shape: readonly number[];
}

/** An image of shape (height, width, channels). */
export function image(step: string, { file, shape }: FileEntry): Pixels {
  const [height, width, channels] = shape as [number, number, 1 | 3];
  return { data: bytes(`${step}/${file}`), width, height, channels };
}

/** Maps of probabilities, byte / 255 in float32. */
export function planes(step: string, file: string, height: number, width: number) {
  const data = Float32Array.from(bytes(`${step}/${file}`), (byte) => byte / 255);
  const size = height * width;
  return Array.from({ length: data.length / size }, (_, n) => ({
    data: data.subarray(n * size, (n + 1) * size),
    width,
    height,
  }));
}

/** A quad whose coordinates are float32. */
export function quad(corners: number[][]): Quad {
  return corners.map((point) => point.map(Math.fround)) as unknown as Quad;
}

/** The greatest distance of two lists of numbers of the same form; infinite where the forms differ. */
export function distance(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b);
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return Infinity;
  return Math.max(0, ...a.map((item, n) => distance(item, b[n])));
}

/** Whether two images or lists of bytes are the same; quicker than to compare them item by item. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
