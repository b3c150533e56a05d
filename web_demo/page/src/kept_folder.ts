/** The bundle beside the page, kept on this device by the digests of its files. */

import { FetchedFolder, type Bundle, type BundleFiles, type Manifest, type OpenFile, type ReadOptions } from "pinpoint-edge";

const FOLDER = "bundle"; // of the origin's private file system
const MANIFEST = "manifest.json";

/** Of a worker alone. */
interface SyncAccessHandle {
  getSize(): number;
  read(into: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  write(bytes: Uint8Array): number;
  close(): void;
}

type FileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccessHandle> };

/** Reads a file from what is kept, else from the server. */
export class KeptFolder implements BundleFiles {
  readonly where: string;
  private readonly server: FetchedFolder;
  private files: Manifest["files"] = {};

  constructor(address: string) {
    this.server = new FetchedFolder(address);
    this.where = this.server.where;
  }

  /** Files that a manifest lists are read from what is kept from now on. */
  know({ manifest }: Bundle): void {
    this.files = manifest.files;
  }

  async read(name: string, options?: ReadOptions): Promise<Uint8Array> {
    if (name !== MANIFEST) return (await this.kept(name)) ?? this.fetched(name, options);
    // A server that has a newer bundle is believed, and one that cannot be reached is not missed.
    try {
      return await this.fetched(name, options);
    } catch (error) {
      options?.signal?.throwIfAborted();
      const kept = await this.kept(name);
      if (!kept) throw error;
      return kept;
    }
  }

  /** Undefined where the file is not kept, or another tab has it open. */
  async open(name: string): Promise<OpenFile | undefined> {
    try {
      const access = await (await this.handle(name)).createSyncAccessHandle();
      return {
        size: access.getSize(),
        read: (into, at) => void access.read(into, { at }),
        close: () => access.close(),
      };
    } catch {
      return undefined;
    }
  }

  private async kept(name: string): Promise<Uint8Array | undefined> {
    try {
      const file = await (await this.handle(name)).getFile();
      const whole = name === MANIFEST || file.size === this.files[name]?.size; // a write may have been ended
      return whole ? new Uint8Array(await file.arrayBuffer()) : undefined;
    } catch {
      return undefined;
    }
  }

  private async fetched(name: string, options?: ReadOptions): Promise<Uint8Array> {
    const bytes = await this.server.read(name, options);
    try {
      const access = await (await this.handle(name, true)).createSyncAccessHandle();
      try {
        access.truncate(0);
        access.write(bytes);
      } finally {
        access.close();
      }
    } catch {
      // Another tab keeps it, or the browser keeps nothing: it is fetched anew when it is needed.
    }
    return bytes;
  }

  private async handle(name: string, create = false): Promise<FileHandle> {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create });
    return (await folder.getFileHandle(this.key(name), { create })) as FileHandle;
  }

  private key(name: string): string {
    return this.files[name]?.sha256 ?? name;
  }

  /** Forget files that the present manifest does not list. */
  async prune(): Promise<void> {
    const wanted = new Set([MANIFEST, ...Object.keys(this.files)].map((name) => this.key(name)));
    const folder = await keptFolder();
    for await (const name of folder?.keys() ?? []) if (!wanted.has(name)) await folder!.removeEntry(name);
  }
}

async function keptFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER);
  } catch {
    return undefined; // nothing is kept, or the browser keeps nothing
  }
}

export async function forgetBundle(): Promise<void> {
  if (await keptFolder()) await (await navigator.storage.getDirectory()).removeEntry(FOLDER, { recursive: true });
}

export async function isBundleKept(): Promise<boolean> {
  return (await keptFolder()) !== undefined;
}
