/** The bundle beside the page, kept on this device by the digests of its files. */

import { FetchedFolder, type Bundle, type BundleFiles, type ReadOptions } from "pinpoint-edge";

const CACHE = "bundle";
const MANIFEST = "manifest.json";

/** Reads a file from what is kept, else from the server. */
export class KeptFolder implements BundleFiles {
  readonly where: string;
  private readonly server: FetchedFolder;
  private digests: ReadonlyMap<string, string> = new Map();

  constructor(address: string) {
    this.server = new FetchedFolder(address);
    this.where = this.server.where;
  }

  /** Files whose digests a manifest lists are read from what is kept from now on. */
  know({ manifest }: Bundle): void {
    this.digests = new Map(Object.entries(manifest.files).map(([name, file]) => [name, file.sha256]));
  }

  async read(name: string, options?: ReadOptions): Promise<Uint8Array> {
    const cache = await caches.open(CACHE);
    const key = this.key(name);
    if (name === MANIFEST) {
      // A server that has a newer bundle is believed, and one that cannot be reached is not missed.
      try {
        return await this.fetched(cache, key, name, options);
      } catch (error) {
        options?.signal?.throwIfAborted();
        const kept = await cache.match(key);
        if (!kept) throw error;
        return new Uint8Array(await kept.arrayBuffer());
      }
    }
    const kept = await cache.match(key);
    return kept ? new Uint8Array(await kept.arrayBuffer()) : this.fetched(cache, key, name, options);
  }

  async blob(name: string): Promise<Blob | undefined> {
    const kept = await (await caches.open(CACHE)).match(this.key(name));
    return kept?.blob();
  }

  private async fetched(cache: Cache, key: string, name: string, options?: ReadOptions): Promise<Uint8Array> {
    const bytes = await this.server.read(name, options);
    await cache.put(key, new Response(bytes as Uint8Array<ArrayBuffer>));
    return bytes;
  }

  private key(name: string): string {
    return new URL(`kept/${this.digests.get(name) ?? name}`, `${this.where}/`).href;
  }

  /** Forget files that the present manifest does not list. */
  async prune(): Promise<void> {
    const cache = await caches.open(CACHE);
    const wanted = new Set([MANIFEST, ...this.digests.keys()].map((name) => this.key(name)));
    for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
  }
}

export async function forgetBundle(): Promise<void> {
  await caches.delete(CACHE);
}

export async function isBundleKept(): Promise<boolean> {
  return caches.has(CACHE);
}
