/** A bundle as a folder behind an address, fetched file by file. */

import { BundleError } from "../errors.js";
import type { BundleFiles, ReadOptions } from "./bundle.js";

const FIRST = 2 ** 16; // bytes to begin with where no size is known

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
    // One array of the size that the server names; what it sends packed has another.
    const named = response.headers.has("content-encoding") ? 0 : Number(response.headers.get("content-length"));
    let bytes = new Uint8Array(named || FIRST), length = 0;
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > bytes.length) {
        const larger = new Uint8Array(Math.max(2 * bytes.length, length + value.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(value, length);
      received((length += value.length));
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  }
}
