/**
 * Products of weights in blocks of integers, expanded once instead of at every product.
 *
 * ONNX Runtime's CPU kernel of MatMulNBits multiplies integers where the processor's own instructions
 * allow it. In WebAssembly it has no such kernel: it expands all weights to float32 anew for every run,
 * which takes ten times as long as the product itself. So here the graph is written anew: each
 * MatMulNBits becomes a DequantizeLinear of constants, which the runtime folds when it loads the graph,
 * and a plain product. The words are those of MatMulNBits with an accuracy level of 1 (float32).
 * Where a GatherBlockQuantized looks up rows of the same weights, it shares the expanded ones.
 *
 * Numbers of fields and types are those of onnx.proto.
 */

import { field, fieldsOf, integer, join, textOf, type Field } from "./protobuf.js";

const MODEL = { graph: 7, opset: 8 };
const GRAPH = { node: 1, initializer: 5 };
const NODE = { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, integer: 3, type: 20 };
const TENSOR = { dims: 1, type: 2, int64s: 7, name: 8, raw: 9 };
const OPSET = { domain: 1, version: 2 };
const UINT8 = 2, INT64 = 7, UINT4 = 21;
const INTEGER = 2; // type of an attribute
const OPSET_OF_BLOCKS = 21; // the first with DequantizeLinear in blocks
const MICROSOFT = "com.microsoft";

/**
 * Options of a session that let the runtime fold the constants, and keep them as they are: packed for its
 * products they are there twice while they load, and the memory of WebAssembly never shrinks.
 */
export const FOLDING = { session: { disable_quant_qdq: "1", disable_prepacking: "1" } };

interface Node {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly numbers: Readonly<Record<string, number>>; // attributes that are integers
}

/** A MatMulNBits that is expanded. */
interface Product {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly bits: 4 | 8;
  readonly rows: number; // N
  readonly columns: number; // K
  readonly block: number;
}

/** Write a model anew whose products of 4-bit and 8-bit blocks are plain ones. */
export function expandProducts(model: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const item of fieldsOf(model)) {
    if (item.number === MODEL.graph) parts.push(field(MODEL.graph, expandGraph(item.bytes)));
    else if (item.number === MODEL.opset) parts.push(field(MODEL.opset, raiseOpset(item.bytes)));
    else parts.push(item.raw);
  }
  return join(parts);
}

function raiseOpset(opset: Uint8Array): Uint8Array[] {
  const items = [...fieldsOf(opset)];
  const isOwn = items.every((item) => item.number !== OPSET.domain || item.bytes.length === 0);
  return items.map((item) =>
    isOwn && item.number === OPSET.version && item.value < OPSET_OF_BLOCKS
      ? integer(OPSET.version, OPSET_OF_BLOCKS)
      : item.raw,
  );
}

function expandGraph(graph: Uint8Array): Uint8Array[] {
  const items = [...fieldsOf(graph)];
  const nodes = new Map(items.filter((item) => item.number === GRAPH.node).map((item) => [item, nodeOf(item.bytes)]));
  const users = new Map<string, Node[]>();
  for (const node of nodes.values()) {
    for (const name of node.inputs) users.set(name, [...(users.get(name) ?? []), node]);
  }
  const products = new Map<string, Product>(); // by the name of their weights
  const written = new Map<Node, Uint8Array[][]>();
  for (const node of nodes.values()) {
    const product = productOf(node);
    if (!product) continue;
    const weights = product.inputs[1]!;
    const reshapes = users.get(weights)!.filter((user) => user !== node);
    const lookups = reshapes.flatMap(({ output }) => users.get(output) ?? []);
    // Weights with other users stay as they are.
    if (!reshapes.every(({ type }) => type === "Reshape") || !lookups.every((user) => isLookup(user, product))) continue;
    products.set(weights, product);
    written.set(node, nodesOf(product));
    for (const reshape of reshapes) written.set(reshape, []);
    for (const lookup of lookups) {
      written.set(lookup, [newNode("Gather", [nameOfFloats(product), lookup.inputs[1]!], lookup.output)]);
    }
  }
  const parts = items.map((item) => {
    if (item.number === GRAPH.initializer) return reshaped(item, products);
    const anew = written.get(nodes.get(item)!);
    return anew ? join(anew.map((node) => field(GRAPH.node, node))) : item.raw;
  });
  const constants = new Map([...products.values()].flatMap(constantsOf));
  return [...parts, ...[...constants.values()].map((tensor) => field(GRAPH.initializer, tensor))];
}

function nodeOf(bytes: Uint8Array): Node {
  const inputs: string[] = [], numbers: Record<string, number> = {};
  let output = "", name = "", type = "";
  for (const item of fieldsOf(bytes)) {
    if (item.number === NODE.input) inputs.push(textOf(item));
    else if (item.number === NODE.output) output = textOf(item);
    else if (item.number === NODE.name) name = textOf(item);
    else if (item.number === NODE.type) type = textOf(item);
    else if (item.number === NODE.attribute) {
      const parts = [...fieldsOf(item.bytes)];
      const key = parts.find((part) => part.number === ATTRIBUTE.name);
      numbers[key ? textOf(key) : ""] = parts.find((part) => part.number === ATTRIBUTE.integer)?.value ?? 0;
    }
  }
  return { type, name: name || output, inputs, output, numbers };
}

/** A node that multiplies by symmetric blocks; any other stays as it is. */
function productOf({ type, name, inputs, output, numbers }: Node): Product | undefined {
  const { bits, N: rows, K: columns, block_size: block } = numbers;
  if (type !== "MatMulNBits" || inputs.length !== 3 || !rows || !columns || !block) return undefined;
  if ((bits !== 4 && bits !== 8) || columns % (2 * block) !== 0) return undefined;
  return { name, inputs, output, bits, rows, columns, block };
}

/** Whether a node looks up rows of a product's weights. */
function isLookup({ type, inputs, numbers }: Node, product: Product): boolean {
  const { gather_axis: axis = 0, quantize_axis: along = 1, block_size: block } = numbers;
  const isRows = type === "GatherBlockQuantized" && inputs.length === 3 && axis === 0 && along === 1;
  return isRows && product.bits === 8 && product.block === block;
}

const nameOfZero = ({ bits, rows, columns, block }: Product) => `zero.${bits}.${rows}.${columns / block}`;
const nameOfFloats = ({ name }: Product) => `${name}.floats`;
const nameOfSize = (rows: number, columns: number) => `size.${rows}.${columns}`;

/** Tensors that the nodes of a product need, by name. */
function constantsOf(product: Product): [string, Uint8Array[]][] {
  const { bits, rows, columns, block } = product, blocks = columns / block;
  const size = nameOfSize(rows, blocks);
  // The middle of the range, for every block: 8 of 16, or 128 of 256.
  const middle = new Uint8Array((rows * blocks * bits) / 8).fill(bits === 4 ? 0x88 : 0x80);
  return [
    [nameOfZero(product), tensor(nameOfZero(product), bits === 4 ? UINT4 : UINT8, [rows, blocks], middle)],
    [size, [integer(TENSOR.dims, 2), integer(TENSOR.type, INT64), integer(TENSOR.int64s, rows), integer(TENSOR.int64s, blocks), field(TENSOR.name, size)]],
  ];
}

function tensor(name: string, type: number, dims: readonly number[], raw: Uint8Array): Uint8Array[] {
  return [...dims.map((size) => integer(TENSOR.dims, size)), integer(TENSOR.type, type), field(TENSOR.name, name), field(TENSOR.raw, raw)];
}

function nodesOf(product: Product): Uint8Array[][] {
  const { name, inputs, output, rows, columns, block } = product;
  const [input, weights, scales] = inputs as [string, string, string];
  const scale = `${name}.scales`, floats = nameOfFloats(product);
  return [
    newNode("Reshape", [scales, nameOfSize(rows, columns / block)], scale),
    newNode("DequantizeLinear", [weights, scale, nameOfZero(product)], floats, { axis: 1, block_size: block }),
    newNode("FusedMatMul", [input, floats], output, { transB: 1 }, MICROSOFT),
  ];
}

function newNode(type: string, inputs: readonly string[], output: string, attributes: Record<string, number> = {}, domain = ""): Uint8Array[] {
  return [
    ...inputs.map((name) => field(NODE.input, name)),
    field(NODE.output, output),
    field(NODE.name, `${output}.${type}`),
    field(NODE.type, type),
    ...Object.entries(attributes).map(([name, value]) =>
      field(NODE.attribute, [field(ATTRIBUTE.name, name), integer(ATTRIBUTE.integer, value), integer(ATTRIBUTE.type, INTEGER)]),
    ),
    field(NODE.domain, domain),
  ];
}

/** Weights in blocks, (N, blocks, bytes of a block), as a tensor (N, K) of their own type. */
function reshaped(item: Field, products: ReadonlyMap<string, Product>): Uint8Array {
  const parts = [...fieldsOf(item.bytes)];
  const name = parts.find((part) => part.number === TENSOR.name);
  const product = name && products.get(textOf(name));
  if (!product) return item.raw;
  const rest = parts.filter((part) => part.number !== TENSOR.dims && part.number !== TENSOR.type);
  const dims = [product.rows, product.columns].map((size) => integer(TENSOR.dims, size));
  const type = integer(TENSOR.type, product.bits === 4 ? UINT4 : UINT8);
  return field(GRAPH.initializer, [...dims, type, ...rest.map((part) => part.raw)]);
}
