/**
 * A bundle as a single `.pinpoint` file: a ZIP whose members are stored and aligned.
 *
 * Nothing in an archive is believed: names, kinds, counts and sizes are checked before a member is
 * read, digests when it is.
 */

import { BundleError, IntegrityError } from "../errors.js";
import type { BundleFiles } from "./bundle.js";
import { checkNames } from "./paths.js";

const MAX_MEMBERS = 10_000;
const MAX_MEMBER_BYTES = 4 * 2 ** 30;
const MAX_TOTAL_BYTES = 8 * 2 ** 30;
const MAX_RATIO = 200;
const END = 0x06054b50, END_64 = 0x06064b50, LOCATOR_64 = 0x07064b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;
const END_BYTES = 22, LOCATOR_BYTES = 20, COMMENT_BYTES = 65_535;
const STORED = 0, DEFLATED = 8, REGULAR = 0x8000, KIND = 0xf000;

interface Member {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

export class Archive implements BundleFiles {
  private constructor(
    private readonly blob: Blob,
    readonly where: string,
    private readonly members: ReadonlyMap<string, Member>,
  ) {}

  /** Open a file that a user chose or that was fetched; raises BundleError, IntegrityError. */
  static async open(blob: Blob, where = "the file"): Promise<Archive> {
    try {
      const members = await directory(blob, where);
      checkNames(members.map((member) => member.name), where);
      if (members.reduce((sum, member) => sum + member.size, 0) > MAX_TOTAL_BYTES) {
        throw new BundleError(`${where} holds more than a bundle may. Do not use it.`);
      }
      return new Archive(blob, where, new Map(members.map((member) => [member.name, member])));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new IntegrityError(`${where} is damaged; get the bundle again.`, { cause: error });
    }
  }

  /** Names of all members; the manifest must list them. */
  get names(): string[] {
    return [...this.members.keys()];
  }

  async read(name: string): Promise<Uint8Array> {
    const member = this.members.get(name);
    if (!member) throw new BundleError(`${this.where} lacks the file ${name}; get the bundle again.`);
    const head = await view(this.blob, member.offset, 30);
    if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) {
      throw new IntegrityError(`${this.where} is damaged at ${name}; get the bundle again.`);
    }
    const start = member.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    const packed = this.blob.slice(start, start + member.packed);
    if (member.method === STORED) return new Uint8Array(await packed.arrayBuffer());
    const unpacked = packed.stream().pipeThrough(new DecompressionStream("deflate-raw"));
    try {
      return new Uint8Array(await new Response(unpacked).arrayBuffer());
    } catch (error) {
      throw new IntegrityError(`${this.where} is damaged at ${name}; get the bundle again.`, { cause: error });
    }
  }
}

async function view(blob: Blob, start: number, length: number): Promise<DataView> {
  return new DataView(await blob.slice(start, start + length).arrayBuffer());
}

/** The members that the archive's directory lists. */
async function directory(blob: Blob, where: string): Promise<Member[]> {
  const { count, start, length } = await findDirectory(blob, where);
  if (count > MAX_MEMBERS) throw new BundleError(`${where} holds more than ${MAX_MEMBERS} members. Do not use it.`);
  const entries = await view(blob, start, length);
  const members: Member[] = [];
  for (let at = 0; members.length < count; ) {
    if (entries.getUint32(at, true) !== ENTRY) throw new RangeError("no entry");
    const nameLength = entries.getUint16(at + 28, true), extraLength = entries.getUint16(at + 30, true);
    members.push(memberAt(entries, at, nameLength, extraLength, where));
    at += 46 + nameLength + extraLength + entries.getUint16(at + 32, true);
  }
  return members;
}

function memberAt(entries: DataView, at: number, nameLength: number, extraLength: number, where: string): Member {
  const bytes = new Uint8Array(entries.buffer, entries.byteOffset + at + 46, nameLength);
  const name = new TextDecoder().decode(bytes);
  const flags = entries.getUint16(at + 8, true), method = entries.getUint16(at + 10, true);
  const kind = (entries.getUint32(at + 38, true) >>> 16) & KIND;
  const wide = wideFields(entries, at + 46 + nameLength, extraLength);
  const field = (place: number) => {
    const value = entries.getUint32(at + place, true);
    return value === 0xffffffff ? (wide.shift() ?? value) : value;
  };
  const size = field(24), packed = field(20), offset = field(42);
  const refuse = (reason: string) => new BundleError(`${where}: ${name} ${reason}. Do not use this file.`);
  if (kind !== 0 && kind !== REGULAR) throw refuse("is a link or device, not a plain file");
  if (flags & 1) throw refuse("is encrypted");
  if (method !== STORED && method !== DEFLATED) throw refuse("is compressed by a method that no bundle uses");
  if (size > MAX_MEMBER_BYTES) throw refuse("is larger than any file of a bundle");
  if (size > MAX_RATIO * Math.max(packed, 1)) throw refuse(`unpacks to over ${MAX_RATIO} times its size`);
  return { name, method, packed, size, offset };
}

/** The 64-bit values of a member's ZIP64 field, in order. */
function wideFields(entries: DataView, at: number, length: number): number[] {
  for (let field = at; field + 4 <= at + length; ) {
    const size = entries.getUint16(field + 2, true);
    if (entries.getUint16(field, true) === 1) {
      const count = Math.floor(size / 8);
      return Array.from({ length: count }, (_, n) => Number(entries.getBigUint64(field + 4 + 8 * n, true)));
    }
    field += 4 + size;
  }
  return [];
}

async function findDirectory(blob: Blob, where: string) {
  const from = Math.max(0, blob.size - END_BYTES - COMMENT_BYTES - LOCATOR_BYTES);
  const tail = await view(blob, from, blob.size - from);
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) {
    throw new BundleError(
      `${where} is no bundle: no .pinpoint file. If it was downloaded, it may be incomplete; get it again.`,
    );
  }
  const plain = {
    count: tail.getUint16(end + 10, true),
    length: tail.getUint32(end + 12, true),
    start: tail.getUint32(end + 16, true),
  };
  const locator = end - LOCATOR_BYTES;
  if (locator < 0 || tail.getUint32(locator, true) !== LOCATOR_64) return plain;
  const wide = await view(blob, Number(tail.getBigUint64(locator + 8, true)), 56);
  if (wide.getUint32(0, true) !== END_64) throw new RangeError("no directory");
  return {
    count: Number(wide.getBigUint64(32, true)),
    length: Number(wide.getBigUint64(40, true)),
    start: Number(wide.getBigUint64(48, true)),
  };
}
