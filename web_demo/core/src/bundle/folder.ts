/** A bundle as a folder behind an address, fetched file by file. */

import { BundleError } from "../errors.js";
import type { BundleFiles, ReadOptions } from "./bundle.js";

export class FetchedFolder implements BundleFiles {
  readonly where: string;

  /** `fetcher` may keep what it fetched; default the global fetch. */
  constructor(
    address: string | URL,
    private readonly fetcher: typeof fetch = (...request) => fetch(...request),
  ) {
    this.where = String(address).replace(/\/$/, "");
  }

  async read(name: string, { signal, received }: ReadOptions = {}): Promise<Uint8Array> {
    let response: Response;
    try {
      response = await this.fetcher(`${this.where}/${name}`, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw new BundleError(`${this.where}/${name} cannot be fetched: ${(error as Error).message}; go online once.`);
    }
    if (!response.ok) {
      throw new BundleError(`${this.where}/${name} is not there (HTTP ${response.status}); give the address of a bundle.`);
    }
    if (!received || !response.body) return new Uint8Array(await response.arrayBuffer());
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      received((length += value.length));
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
