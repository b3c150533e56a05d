/** Bytes of a file, read piece by piece: they are never in memory as a whole. */

import { free } from "../memory.js";

/** A file that is open, read at once and from any place. */
export interface OpenFile {
  readonly size: number;
  /** Fill an array with the bytes from `at` on. */
  read(into: Uint8Array<ArrayBuffer>, at: number): void;
  close(): void;
}

/**
 * An array for `externalData` of a session. onnxruntime-web takes its length and parts of it, and copies
 * each part at once. All else of an array is missing.
 */
export class Pieces extends Uint8Array<ArrayBuffer> {
  private piece = new Uint8Array();

  constructor(private readonly file: OpenFile) {
    super(new ArrayBuffer(0));
    Object.defineProperty(this, "byteLength", { value: file.size });
  }

  /** The bytes from `begin` to `end`, until the next part is taken. */
  override subarray(begin: number, end: number): Uint8Array<ArrayBuffer> {
    free(this.piece);
    this.piece = new Uint8Array(end - begin);
    this.file.read(this.piece, begin);
    return this.piece;
  }

  close(): void {
    free(this.piece);
    this.file.close();
  }
}
