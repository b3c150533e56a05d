/** The `detect` stage on the host: a page in, its regions out. */

import { free } from "../memory.js";
import type { Session } from "../runtime/session.js";
import { fitCanvas, type Canvas } from "./canvas.js";
import type { Component, Plane } from "./components.js";
import type { Page } from "./page.js";
import { fitLongCanvas, isLong, joined, partsOf } from "./parts.js";
import { findText, regionsOf, type Region } from "./regions.js";
import type { Pixels } from "./resize.js";

/** What was found on a page: regions on a canvas, and the components of its text map. */
export interface Detected {
  readonly regions: readonly Region[];
  readonly canvas: Canvas;
  readonly components: readonly Component[];
  /** Parts that the page was looked at in. */
  readonly parts: number;
}

/** Find the regions of a page; `onRun` is called after each run of the stage. */
export async function detect(session: Session, page: Page, onRun: () => void): Promise<Detected> {
  const long = isLong(page);
  const canvas = long ? fitLongCanvas(page.image) : fitCanvas(page.image);
  const seen: Float32Array[] = [];
  for (const part of long ? partsOf(canvas.image) : [canvas.image]) {
    seen.push(await textMap(session, part));
    onRun();
  }
  const { width, height } = canvas.image;
  const map: Plane = long ? joined(seen, canvas.image) : { data: seen[0]!, width, height };
  const components = findText(map);
  return { regions: regionsOf(components, canvas.scale, page), canvas, components, parts: seen.length };
}

async function textMap(session: Session, image: Pixels): Promise<Float32Array> {
  const data = planar(image);
  const maps = await session.run({ image: { data, dims: [1, 3, image.height, image.width] } });
  free(data);
  return maps["text_map"] as Float32Array;
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
