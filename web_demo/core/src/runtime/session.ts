/** A stage, loaded: tensors in, tensors out, over any runtime of the interface onnxruntime-common. */

import type { InferenceSession, Tensor } from "onnxruntime-common";

/** The module onnxruntime-web or onnxruntime-node. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(path: string, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
    create(buffer: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof Tensor;
  /** Names the runtime by the key of its version. */
  readonly env?: { readonly versions: { readonly node?: string; readonly web?: string } };
}

export type Values = Float32Array | Int32Array | Uint8Array;

/** A tensor of the host: its type is that of its values. */
export interface Feed {
  readonly data: Values;
  readonly dims: readonly number[];
}

export type Feeds = Readonly<Record<string, Feed>>;
export type Outputs = Readonly<Record<string, Values>>;

/** A vision stage. */
export interface Session {
  run(feeds: Feeds): Promise<Outputs>;
  close(): Promise<void>;
}

/** The decode stage with its keys and values. */
export interface KVCache {
  /** Tokens in the cache. */
  readonly length: number;
  /** Append ids and return the logits after the last; `visual` holds rows of visual tokens. */
  run(ids: Int32Array, visual: Float32Array): Promise<Float32Array>;
  /** Make room for `capacity` tokens; what is in the cache stays. */
  reserve(capacity: number): void;
  /** Forget all tokens from `length` on. */
  truncate(length: number): void;
  close(): Promise<void>;
}

export function toTensor(ort: OnnxRuntime, feed: Feed): Tensor {
  const { data, dims } = feed;
  if (data instanceof Float32Array) return new ort.Tensor("float32", data, dims);
  if (data instanceof Int32Array) return new ort.Tensor("int32", data, dims);
  return new ort.Tensor("uint8", data, dims);
}
