/** Files to pages: decoded by the browser, PDF by pdf.js. */

import type { PageImage } from "pinpoint-edge";

export interface Picture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bitmap: ImageBitmap;
}

const MAX_PIXELS = 100_000_000;

/** The pages of files, in order; raises an Error that says what is wrong. */
export async function readFiles(files: readonly File[]): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const file of files) {
    if (await isPdf(file)) {
      const { readPdf } = await import("./pdf.js"); // half a megabyte that most visits need not
      pictures.push(...(await readPdf(file)));
    } else pictures.push(await readImage(file));
  }
  return pictures;
}

export async function readImage(file: Blob, name = file instanceof File ? file.name : ""): Promise<Picture> {
  // Upright by its EXIF orientation; the browser converts colours by their profile.
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  return picture(name, bitmap);
}

export function picture(name: string, bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) throw new Error(`${width} × ${height}`);
  return { name, width, height, bitmap };
}

/** The pixels of a picture for the reader, to be transferred to its worker. */
export function pixels({ bitmap, name, width, height }: Picture): PageImage & { data: Uint8ClampedArray<ArrayBuffer> } {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff"; // transparency is laid over white
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return { data: context.getImageData(0, 0, width, height).data, width, height, source: name };
}

async function isPdf(file: File): Promise<boolean> {
  return (await file.slice(0, 1024).text()).includes("%PDF-");
}
