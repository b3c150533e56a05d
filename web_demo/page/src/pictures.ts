/** Files to pages: decoded by the browser, PDF by pdf.js. */

import type { PageImage } from "pinpoint-edge";

/** A page as it is shown; its pixels are those of its canvas, and nowhere else. */
export interface Picture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly canvas: HTMLCanvasElement;
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

async function readImage(file: File): Promise<Picture> {
  // Upright by its EXIF orientation; the browser converts colours by their profile.
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const picture = blank(file.name, bitmap.width, bitmap.height);
    contextOf(picture).drawImage(bitmap, 0, 0);
    return picture;
  } finally {
    bitmap.close();
  }
}

/** A white picture to draw on: transparency is laid over it. */
export function blank(name: string, width: number, height: number): Picture {
  if (width * height > MAX_PIXELS) throw new Error(`${width} × ${height}`);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const picture = { name, width, height, canvas };
  const context = contextOf(picture);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  return picture;
}

export function contextOf({ canvas }: Picture): CanvasRenderingContext2D {
  return canvas.getContext("2d", { willReadFrequently: true })!;
}

/** The pixels of a picture for the reader, to be transferred to its worker. */
export function pixels(picture: Picture): PageImage & { data: Uint8ClampedArray<ArrayBuffer> } {
  const { name, width, height } = picture;
  return { data: contextOf(picture).getImageData(0, 0, width, height).data, width, height, source: name };
}

async function isPdf(file: File): Promise<boolean> {
  return (await file.slice(0, 1024).text()).includes("%PDF-");
}
