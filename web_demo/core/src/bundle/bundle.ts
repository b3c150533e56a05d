/** A bundle, opened: its manifest, its digest, and its files, each checked as it is read. */

import { BundleError, IntegrityError, PinPointError } from "../errors.js";
import { free } from "../memory.js";
import { MANIFEST, type Manifest } from "./manifest.js";
import { Pieces, type OpenFile } from "./pieces.js";
import { parseStrict } from "./strict_json.js";
import { readManifest } from "./validation.js";

/** Reads files of a bundle by name, from a server, an archive or a disk. */
export interface BundleFiles {
  /** Shown in messages. */
  readonly where: string;
  /** Bytes that belong to the caller, who may free them; `received` is called with how many have come so far. */
  read(name: string, options?: ReadOptions): Promise<Uint8Array>;
  /** Names of all files, where they are known: an archive holds what its manifest lists, no more. */
  readonly names?: readonly string[];
  /** Open a file to read parts of it, where that is possible. */
  open?(name: string): Promise<OpenFile | undefined>;
  /** The path of a file on a disk, for a runtime that opens files itself. */
  path?(name: string): string;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly received?: (bytes: number) => void;
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
  /** Bytes that are there of all that the manifest lists. */
  readonly onProgress?: (received: number, total: number) => void;
}

export class Bundle {
  /** Files that matched their digests. */
  private readonly whole = new Set<string>();

  private constructor(
    readonly files: BundleFiles,
    readonly manifest: Manifest,
    /** sha256 of manifest.json, which holds the sha256 of every other file. */
    readonly digest: string,
  ) {}

  /** Read and check the manifest. */
  static async open(files: BundleFiles, options: { readonly signal?: AbortSignal } = {}): Promise<Bundle> {
    const raw = await files.read(MANIFEST, options);
    const manifest = readManifest(raw, `${files.where}: ${MANIFEST}`);
    const listed = new Set([MANIFEST, ...Object.keys(manifest.files)]);
    const extra = files.names?.find((name) => !listed.delete(name));
    if (extra) throw new BundleError(`${files.where} holds ${extra}, which its manifest does not list. Do not use this file.`);
    if (files.names && listed.size) {
      throw new BundleError(`${files.where} lacks the file ${[...listed][0]}; get the bundle again.`);
    }
    return new Bundle(files, manifest, await sha256(raw));
  }

  /** Bytes of all files that the manifest lists. */
  get size(): number {
    return Object.values(this.manifest.files).reduce((sum, file) => sum + file.size, 0);
  }

  /** Read a file; raises IntegrityError when it is not what the manifest lists. */
  async read(name: string, options?: ReadOptions): Promise<Uint8Array> {
    const entry = this.manifest.files[name];
    if (!entry) throw new BundleError(`The bundle '${this.manifest.name}' lists no file '${name}'.`);
    const bytes = await this.files.read(name, options);
    if (bytes.length !== entry.size || (await sha256(bytes)) !== entry.sha256) {
      throw new IntegrityError(
        `${this.files.where}: ${name} was changed: it does not match the manifest; get the bundle again.`,
      );
    }
    this.whole.add(name);
    return bytes;
  }

  /**
   * A file that a runtime takes piece by piece, where it can be opened. It was compared with its digest
   * before, by `read` or `verify`; no digest is made of pieces.
   */
  async pieces(name: string): Promise<Pieces | undefined> {
    const file = this.whole.has(name) ? await this.files.open?.(name) : undefined;
    if (file?.size === this.manifest.files[name]?.size) return file && new Pieces(file);
    file?.close();
    return undefined;
  }

  /** Read a file as strict JSON. */
  async json(name: string): Promise<unknown> {
    const bytes = await this.read(name);
    try {
      return parseStrict(bytes);
    } catch (error) {
      throw new BundleError(`${name} is not valid JSON: ${(error as Error).message}; get the bundle again.`);
    }
  }

  /** The strings of a stage's classes; index 0 is the blank of CTC. */
  async characters(stage: "glance" | "refine"): Promise<string[]> {
    const name = this.manifest.characters[stage]!;
    const value = await this.json(name);
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw new BundleError(`${name} is no JSON array of strings; export the bundle again.`);
    }
    return value;
  }

  /** Read every file once and compare its digest: what a cache behind `files` then holds is whole. */
  async verify({ signal, onProgress }: OpenOptions = {}): Promise<void> {
    let before = 0;
    for (const [name, { size }] of Object.entries(this.manifest.files)) {
      const received = (bytes: number) => onProgress?.(before + Math.min(bytes, size), this.size);
      free(await this.read(name, { signal, received }));
      before += size;
      onProgress?.(before, this.size);
    }
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new PinPointError("This page cannot compute digests: serve it over https or on localhost.");
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
