import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";

import { Archive } from "../../src/bundle/archive.js";
import { Bundle } from "../../src/bundle/bundle.js";
import { checkNames } from "../../src/bundle/paths.js";
import { parseStrict } from "../../src/bundle/strict_json.js";
import { readManifest } from "../../src/bundle/validation.js";
import { manifest } from "./manifests.js";

interface Member {
  name: string;
  data: Buffer;
  method?: number;
  mode?: number;
  flags?: number;
}

/** A ZIP of these members. */
function zip(members: Member[], comment = ""): Blob {
  const parts: Buffer[] = [], directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method = 0, mode = 0o100644, flags = 0 } of members) {
    const packed = method === 8 ? deflateRawSync(data) : data, title = Buffer.from(name);
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32LE(packed.length, 0);
    sizes.writeUInt32LE(data.length, 4);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    sizes.copy(local, 18);
    local.writeUInt16LE(title.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    sizes.copy(entry, 20);
    entry.writeUInt16LE(title.length, 28);
    entry.writeUInt32LE((mode * 65536) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, title, packed);
    directory.push(entry, title);
    offset += 30 + title.length + packed.length;
  }
  const listed = Buffer.concat(directory), end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return new Blob([new Uint8Array(Buffer.concat([...parts, listed, end, Buffer.from(comment)]))]);
}

const CONTENT = Buffer.from("weights ".repeat(20));
const FILES = Object.fromEntries(
  ["a.onnx", "tokenizer.json", "characters.json"].map((name) => [
    name,
    { sha256: createHash("sha256").update(CONTENT).digest("hex"), size: CONTENT.length },
  ]),
);
const MANIFEST = { name: "manifest.json", data: Buffer.from(JSON.stringify(manifest(FILES))) };
const MEMBERS: Member[] = [MANIFEST, ...Object.keys(FILES).map((name) => ({ name, data: CONTENT }))];

async function opened(members: Member[]): Promise<Bundle> {
  return Bundle.open(await Archive.open(zip(members), "test.pinpoint"));
}

describe("a single-file bundle", () => {
  test("opens, and its digest is that of the manifest", async () => {
    const bundle = await opened(MEMBERS);
    expect(bundle.digest).toBe(createHash("sha256").update(MANIFEST.data).digest("hex"));
    expect(Buffer.from(await bundle.read("a.onnx"))).toEqual(CONTENT);
    const seen: number[] = [];
    await bundle.verify({ onProgress: (received, total) => seen.push(received / total) });
    expect(seen.at(-1)).toBe(1);
  });

  test("may be deflated, and may end in a comment", async () => {
    const members = MEMBERS.map((member) => ({ ...member, method: 8 }));
    const bundle = await Bundle.open(await Archive.open(zip(members, "note")));
    await bundle.verify();
  });

  test("is refused when a member was changed", async () => {
    const changed = Buffer.from(CONTENT);
    changed[3]! ^= 1;
    const bundle = await opened(MEMBERS.map((m) => (m.name === "a.onnx" ? { ...m, data: changed } : m)));
    await expect(bundle.read("a.onnx")).rejects.toMatchObject({ code: "integrity" });
  });

  test.each<[string, Member[]]>([
    ["does not list", [...MEMBERS, { name: "extra.bin", data: CONTENT }]],
    ["lacks the file", MEMBERS.slice(0, -1)],
    ["occurs twice", [...MEMBERS, { name: "A.onnx", data: CONTENT }]],
    ["leaves the bundle", [...MEMBERS, { name: "../a", data: CONTENT }]],
    ["link or device", [...MEMBERS, { name: "link", data: CONTENT, mode: 0o120777 }]],
    ["encrypted", [...MEMBERS, { name: "secret", data: CONTENT, flags: 1 }]],
    ["by a method", [...MEMBERS, { name: "other", data: CONTENT, method: 12 }]],
    ["200 times", [...MEMBERS, { name: "bomb", data: Buffer.alloc(1_000_000), method: 8 }]],
  ])("is refused when it %s", async (reason, members) => {
    await expect(opened(members)).rejects.toThrow(reason);
  });

  test("is told from any other file", async () => {
    await expect(Archive.open(new Blob(["no archive at all, but text of some length"]))).rejects.toThrow("no .pinpoint");
  });
});

test.each(["a.", "con", "a\\b", "/a", "a/", "a//b", "x".repeat(201)])("the file name '%s' is refused", (name) => {
  expect(() => checkNames([name], "here")).toThrow(/here/);
});

test("JSON with a key twice in one object is refused", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(parseStrict(bytes('{"a": {"b": 1}, "b": ["a", "\\"a\\":"]}'))).toBeTruthy();
  expect(() => parseStrict(bytes('{"a": 1, "b": {"a": 1}, "\\u0061": 2}'))).toThrow(/a occurs twice/);
});

describe("a manifest", () => {
  const read = (value: unknown) => readManifest(new TextEncoder().encode(JSON.stringify(value)), "m");

  test("may have fields that are not known", () => {
    expect(read({ ...manifest(FILES), later: 1 }).name).toBe("test");
  });

  test.each<[string, object]>([
    ["newer than", { schema: "2.0" }],
    ["no schema version", { schema: 1 }],
    ["$.coverage", { coverage: 0 }],
    ["$.tokenizer", { tokenizer: "missing.json" }],
    ["$.d_llm", { d_llm: "576" }],
    ["preprocessing version", { preprocessing: { version: 2, ops: [] } }],
    ["'magic'", { preprocessing: { version: 1, ops: [{ op: "magic", stage: "detect", arguments: {} }] } }],
    ["other host parameters", { host: { ...manifest(FILES).host, batch: 4 } }],
  ])("with a fault is refused: %s", (reason, fault) => {
    expect(() => read({ ...manifest(FILES), ...fault })).toThrow(reason);
  });
});
