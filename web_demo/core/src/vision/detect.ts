/** The `detect` stage on the host: a page in, its regions out. */

import type { Session } from "../runtime/session.js";
import { fitCanvas, type Canvas } from "./canvas.js";
import type { Plane } from "./components.js";
import { STRIDE, findElements, join, seeTicks } from "./elements.js";
import type { Page } from "./page.js";
import { findRegions, type Region } from "./regions.js";
import type { Pixels } from "./resize.js";

/** The regions of a page, and the canvas that they were found on. */
export async function detect(session: Session, page: Page): Promise<{ found: Region[]; canvas: Canvas }> {
  const canvas = fitCanvas(page.image);
  const { width, height } = canvas.image;
  const maps = await session.run({ image: { data: planar(canvas.image), dims: [1, 3, height, width] } });
  const text: Plane = { data: maps["text_map"] as Float32Array, width, height };
  const lines = findRegions(text, canvas.scale, page);
  const marks = maps["mark_map"] as Float32Array | undefined;
  if (!marks) return { found: lines, canvas }; // a bundle without a head for elements has none
  const planes = split(marks, width / STRIDE, height / STRIDE);
  const elements = findElements(planes, canvas.scale / STRIDE, page);
  return { found: join(lines, seeTicks(page.image, elements)), canvas };
}

/** Channel after channel. */
function planar({ data, width, height }: Pixels): Uint8Array {
  const size = width * height;
  const planes = new Uint8Array(size * 3);
  for (let at = 0, from = 0; at < size; at++, from += 3) {
    planes[at] = data[from]!;
    planes[at + size] = data[from + 1]!;
    planes[at + 2 * size] = data[from + 2]!;
  }
  return planes;
}

function split(data: Float32Array, width: number, height: number): Plane[] {
  const size = width * height;
  return Array.from({ length: data.length / size }, (_, n) => ({
    data: data.subarray(n * size, (n + 1) * size),
    width,
    height,
  }));
}
