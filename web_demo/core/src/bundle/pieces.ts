/** Bytes of a file, read piece by piece: they are never in memory as a whole. */

import { free } from "../memory.js";

/** A file that is open, read at once and from any place. */
export interface OpenFile {
  readonly size: number;
  /** Fill an array with the bytes from `at` on. */
  read(into: Uint8Array<ArrayBuffer>, at: number): void;
  close(): void;
}

const SMALL = 2 ** 20; // bytes of a piece that lies where the one before lay

/**
 * An array for `externalData` of a session. onnxruntime-web takes its length and parts of it, and copies
 * each part at once. All else of an array is missing.
 */
export class Pieces extends Uint8Array<ArrayBuffer> {
  private readonly small = new Uint8Array(SMALL);
  private large = new Uint8Array();

  constructor(private readonly file: OpenFile) {
    super(new ArrayBuffer(0));
    Object.defineProperty(this, "byteLength", { value: file.size });
  }

  /** The bytes from `begin` to `end`, until the next part is taken. */
  override subarray(begin: number, end: number): Uint8Array<ArrayBuffer> {
    free(this.large);
    const size = end - begin;
    this.large = new Uint8Array(size > SMALL ? size : 0);
    const piece = size > SMALL ? this.large : new Uint8Array(this.small.buffer, 0, size);
    this.file.read(piece, begin);
    return piece;
  }

  close(): void {
    free(this.small);
    free(this.large);
    this.file.close();
  }
}
