/** Weights that a runtime takes piece by piece. */

import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";

import { manifest } from "./manifests.js";

const CONTENT = Uint8Array.from({ length: 100 }, (_, n) => n);
const NAME = "decode.onnx.data";

/** The bytes of a Blob, at once: what only a worker of a browser has. */
class Reader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer {
    return (blob as Blob & { bytes: Uint8Array<ArrayBuffer> }).bytes.slice().buffer;
  }
}

/** A blob whose slices know their bytes. */
function blobOf(bytes: Uint8Array<ArrayBuffer>): Blob {
  return Object.assign(new Blob([bytes]), { bytes, slice: (from: number, to: number) => blobOf(bytes.slice(from, to)) });
}

async function bundleOf(blob: Blob | undefined) {
  vi.stubGlobal("FileReaderSync", Reader);
  vi.resetModules();
  const { Bundle } = await import("../../src/bundle/bundle.js");
  const file = { sha256: createHash("sha256").update(CONTENT).digest("hex"), size: CONTENT.length };
  const names = ["a.onnx", "tokenizer.json", "characters.json", NAME];
  const listed = Buffer.from(JSON.stringify(manifest(Object.fromEntries(names.map((name) => [name, file])))));
  return Bundle.open({ where: "here", read: async () => new Uint8Array(listed), blob: async () => blob });
}

test("pieces are read as they are taken, and the one before is freed", async () => {
  const bytes = (await (await bundleOf(blobOf(CONTENT))).pieces(NAME))!;
  expect(bytes).toBeInstanceOf(Uint8Array);
  expect(bytes.byteLength).toBe(100);
  const first = bytes.subarray(10, 13);
  expect([...first]).toEqual([10, 11, 12]);
  expect([...bytes.subarray(98, 100)]).toEqual([98, 99]);
  if ("transfer" in ArrayBuffer.prototype) expect(first.length).toBe(0);
});

test("a changed blob is refused, and none is no fault", async () => {
  const changed = await bundleOf(blobOf(CONTENT.slice().fill(1)));
  await expect(changed.pieces(NAME)).rejects.toMatchObject({ code: "integrity" });
  expect(await (await bundleOf(undefined)).pieces(NAME)).toBeUndefined();
});
