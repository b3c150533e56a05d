/** The page fitted to a canvas: the image that `detect` sees. */

import { resize, toGrey, type Pixels } from "./resize.js";

/** (height, width). */
export const CANVASES: readonly (readonly [number, number])[] = [
  [960, 736],
  [736, 960],
  [960, 960],
  [960, 480],
];
export const MAX_UPSCALE = 1.5;
/** A larger canvas must gain this much scale before its extra pixels are worth their time. */
const CANVAS_GAIN = 1.05;

/** A page on white: `scale` is canvas pixels per page pixel, `used` the part that the page covers. */
export interface Canvas {
  readonly image: Pixels;
  readonly grey: Pixels;
  readonly scale: number;
  readonly used: { readonly width: number; readonly height: number };
}

/** Where a page lies on a canvas of `height` x `width`. */
export interface Fit {
  readonly height: number;
  readonly width: number;
  readonly scale: number;
  readonly used: { readonly width: number; readonly height: number };
}

/** A page of this size at a scale on a canvas. */
export function fitAt(pageWidth: number, pageHeight: number, height: number, width: number, scale: number): Fit {
  const side = (page: number, most: number) => Math.min(most, Math.max(1, Math.floor(page * scale + 0.5)));
  return { height, width, scale, used: { width: side(pageWidth, width), height: side(pageHeight, height) } };
}

/** The canvas of a page's size: of those close to the best scale, the one with the fewest pixels. */
export function chooseCanvas(pageWidth: number, pageHeight: number): Fit {
  const fits = CANVASES.map(([height, width]) => ({
    height,
    width,
    scale: Math.min(height / pageHeight, width / pageWidth, MAX_UPSCALE),
  }));
  const best = Math.max(...fits.map((fit) => fit.scale));
  const { height, width, scale } = fits
    .filter((fit) => fit.scale * CANVAS_GAIN >= best)
    .reduce((a, b) => (b.width * b.height < a.width * a.height ? b : a));
  return fitAt(pageWidth, pageHeight, height, width, scale);
}

/** Fit an RGB page to a canvas. */
export function fitCanvas(page: Pixels): Canvas {
  return onCanvas(page, chooseCanvas(page.width, page.height));
}

/** Put an RGB page on a white canvas. */
export function onCanvas(page: Pixels, { height, width, scale, used }: Fit): Canvas {
  const small = resize(page, used.width, used.height);
  const data = new Uint8Array(height * width * 3).fill(255);
  for (let y = 0; y < used.height; y++) {
    const row = small.data.subarray(y * used.width * 3, (y + 1) * used.width * 3);
    data.set(row, y * width * 3);
  }
  const image: Pixels = { data, width, height, channels: 3 };
  return { image, grey: toGrey(image), scale, used };
}
