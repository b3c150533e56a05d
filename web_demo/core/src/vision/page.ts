/** A page: upright RGB pixels, decoded by whoever opens it. */

import { OptionError, PageError } from "../errors.js";
import { toGrey, type Pixels } from "./resize.js";

/** Pixels of a canvas (RGBA), or RGB without alpha. */
export interface PageImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** Shown in messages. */
  readonly source?: string;
}

const MAX_SIDE = 20_000;
const MAX_PIXELS = 100_000_000;
const WHITE = 255;

export class Page {
  private luma: Pixels | undefined;

  private constructor(
    readonly image: Pixels,
    readonly source: string,
    readonly number: number,
  ) {}

  /** Take pixels as a page; transparency is laid over white. */
  static of(given: PageImage, number: number): Page {
    const { width, height } = given;
    const source = given.source ?? `page ${number + 1}`;
    if (width < 1 || height < 1) throw new PageError(`${source}: the page is empty; export it again`);
    if (Math.max(width, height) > MAX_SIDE || width * height > MAX_PIXELS) {
      throw new PageError(`${source}: the page is ${width}x${height} pixels; scale it down`);
    }
    return new Page({ data: rgb(given), width, height, channels: 3 }, source, number);
  }

  /** The page with other pixels: turned, or made flat. */
  with(image: Pixels): Page {
    return new Page(image, this.source, this.number);
  }

  get width(): number {
    return this.image.width;
  }

  get height(): number {
    return this.image.height;
  }

  /** Its luma, computed once. */
  get grey(): Pixels {
    return (this.luma ??= toGrey(this.image));
  }
}

function rgb({ data, width, height }: PageImage): Uint8Array {
  const count = width * height;
  if (data.length === count * 3) return Uint8Array.from(data);
  if (data.length !== count * 4) {
    throw new OptionError(
      `${data.length} bytes were given for a page of ${width}x${height}; pass RGB or RGBA pixels.`,
    );
  }
  const pixels = new Uint8Array(count * 3);
  for (let at = 0, from = 0; at < pixels.length; at += 3, from += 4) {
    const alpha = data[from + 3]!;
    if (alpha === 255) {
      pixels[at] = data[from]!;
      pixels[at + 1] = data[from + 1]!;
      pixels[at + 2] = data[from + 2]!;
      continue;
    }
    for (let channel = 0; channel < 3; channel++) {
      pixels[at + channel] = Math.round((data[from + channel]! * alpha + WHITE * (255 - alpha)) / 255);
    }
  }
  return pixels;
}
