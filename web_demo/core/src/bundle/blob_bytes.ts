/** Bytes of a blob, read piece by piece: they are never in memory as a whole. */

import { free } from "../memory.js";

/** Reads at once, in a worker of a browser alone. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Whether this thread may wait for a file. */
export const canReadPieces = typeof FileReaderSync === "function";

/**
 * An array for `externalData` of a session. onnxruntime-web takes a length and parts of it, each of which
 * it copies at once. All else of an array is missing.
 */
export class BlobBytes extends Uint8Array<ArrayBuffer> {
  private piece = new Uint8Array();

  constructor(private readonly blob: Blob) {
    super(new ArrayBuffer(0));
    Object.defineProperty(this, "byteLength", { value: blob.size });
  }

  /** The bytes from `begin` to `end`, until the next part is taken. */
  override subarray(begin: number, end: number): Uint8Array<ArrayBuffer> {
    free(this.piece);
    this.piece = new Uint8Array(new FileReaderSync().readAsArrayBuffer(this.blob.slice(begin, end)));
    return this.piece;
  }
}
