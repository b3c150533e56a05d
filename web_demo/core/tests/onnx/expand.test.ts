/** A graph written anew multiplies as the one with blocks of integers does. */

import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";

import { FOLDING, expandProducts } from "../../src/onnx/expand.js";
import { field, fieldsOf, integer, textOf } from "../../src/onnx/protobuf.js";

const ROWS = 6, COLUMNS = 64, BLOCK = 32;

/** A model of one MatMulNBits node; numbers of fields are those of onnx.proto. */
function model(bits: 4 | 8): Uint8Array {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const blocks = COLUMNS / BLOCK;
  const weights = Uint8Array.from({ length: (ROWS * COLUMNS * bits) / 8 }, () => random() * 256);
  const scales = Float32Array.from({ length: ROWS * blocks }, () => 0.01 + random() / 50);
  const tensor = (name: string, type: number, dims: number[], raw: Uint8Array) =>
    field(5, [...dims.map((size) => integer(1, size)), integer(2, type), field(8, name), field(9, raw)]);
  const attribute = (name: string, value: number) => field(5, [field(1, name), integer(3, value), integer(20, 2)]);
  const node = field(1, [
    ...["a", "w", "s"].map((name) => field(1, name)),
    field(2, "y"),
    field(4, "MatMulNBits"),
    ...Object.entries({ K: COLUMNS, N: ROWS, bits, block_size: BLOCK, accuracy_level: 1 }).map(([k, v]) => attribute(k, v)),
    field(7, "com.microsoft"),
  ]);
  const shaped = (number: number, name: string, dims: number[]) =>
    field(number, [field(1, name), field(2, [field(1, [integer(1, 1), field(2, dims.map((size) => field(1, [integer(1, size)])))])])]);
  const graph = field(7, [
    node,
    field(2, "graph"),
    tensor("w", 2, [ROWS, blocks, (BLOCK * bits) / 8], weights),
    tensor("s", 1, [ROWS, blocks], new Uint8Array(scales.buffer)),
    shaped(11, "a", [3, COLUMNS]),
    shaped(12, "y", [3, ROWS]),
  ]);
  const opset = (domain: string, version: number) => field(8, [field(1, domain), integer(2, version)]);
  return Buffer.concat([integer(1, 10), graph, opset("", 20), opset("com.microsoft", 1)]);
}

async function product(bytes: Uint8Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes, { extra: FOLDING, logSeverityLevel: 3 });
  const values = Float32Array.from({ length: 3 * COLUMNS }, (_, n) => Math.sin(n));
  const { y } = await session.run({ a: new ort.Tensor("float32", values, [3, COLUMNS]) });
  await session.release();
  return [...(y!.data as Float32Array)];
}

/** The types of the nodes of a model, in order. */
function types(bytes: Uint8Array): string[] {
  const graph = [...fieldsOf(bytes)].find((item) => item.number === 7)!;
  const nodes = [...fieldsOf(graph.bytes)].filter((item) => item.number === 1);
  return nodes.map((node) => textOf([...fieldsOf(node.bytes)].find((item) => item.number === 4)!));
}

test.each([4, 8] as const)("products of %i-bit blocks", async (bits) => {
  const stored = model(bits), expanded = expandProducts(stored);
  expect(types(expanded)).not.toContain("MatMulNBits");
  expect(types(expanded).at(-1)).toBe("FusedMatMul");
  const [wanted, found] = [await product(stored), await product(expanded)];
  found.forEach((value, n) => expect(value).toBeCloseTo(wanted[n]!, 4));
});

test("what is no product of blocks stays as it is", () => {
  const stored = model(4);
  const other = Buffer.from(Buffer.from(stored).toString("latin1").replace("MatMulNBits", "MatMulNBitz"), "latin1");
  expect(types(expandProducts(other))).toEqual(["MatMulNBitz"]);
});

test("bytes that are no model are refused", () => {
  expect(() => expandProducts(Uint8Array.of(0x3a, 200, 1, 0))).toThrow(RangeError);
});
