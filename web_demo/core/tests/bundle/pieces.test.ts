/** Weights that a runtime takes piece by piece. */

import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";

import { Bundle } from "../../src/bundle/bundle.js";
import { manifest } from "./manifests.js";

const SIZE = 3_000_000; // of more than one large piece
const CONTENT = Uint8Array.from({ length: SIZE }, (_, n) => n % 251);
const NAME = "decode.onnx.data";

/** A bundle whose file is read as CONTENT, and opened as `kept`. */
async function bundleOf(kept: Uint8Array | undefined) {
  const entry = { sha256: createHash("sha256").update(CONTENT).digest("hex"), size: CONTENT.length };
  const names = ["a.onnx", "tokenizer.json", "characters.json", NAME];
  const listed = Buffer.from(JSON.stringify(manifest(Object.fromEntries(names.map((name) => [name, entry])))));
  const read = (into: Uint8Array, at: number) => into.set(kept!.subarray(at, at + into.length));
  const close = vi.fn();
  const bundle = await Bundle.open({
    where: "here",
    read: async (name) => (name === "manifest.json" ? new Uint8Array(listed) : CONTENT.slice()),
    open: async () => kept && { size: kept.length, read, close },
  });
  return { bundle, close };
}

test("pieces are read as they are taken, and the one before is freed", async () => {
  const { bundle, close } = await bundleOf(CONTENT);
  await bundle.read(NAME);
  const bytes = (await bundle.pieces(NAME))!;
  expect(bytes).toBeInstanceOf(Uint8Array);
  expect(bytes.byteLength).toBe(SIZE);
  expect([...bytes.subarray(10, 13)]).toEqual([10, 11, 12]);
  const large = bytes.subarray(1, SIZE - 1);
  expect(large).toEqual(CONTENT.subarray(1, SIZE - 1));
  expect([...bytes.subarray(SIZE - 2, SIZE)]).toEqual([...CONTENT.subarray(SIZE - 2)]);
  if ("transfer" in ArrayBuffer.prototype) expect(large.length).toBe(0);
  expect(close).not.toHaveBeenCalled();
  bytes.close();
  expect(close).toHaveBeenCalledOnce();
});

test("a file that was not compared with its digest, is cut short or not kept is read as a whole", async () => {
  const { bundle } = await bundleOf(CONTENT);
  expect(await bundle.pieces(NAME)).toBeUndefined();
  const short = await bundleOf(CONTENT.slice(1));
  await short.bundle.verify();
  expect(await short.bundle.pieces(NAME)).toBeUndefined();
  expect(short.close).toHaveBeenCalledOnce();
  const none = await bundleOf(undefined);
  await none.bundle.verify();
  expect(await none.bundle.pieces(NAME)).toBeUndefined();
});
