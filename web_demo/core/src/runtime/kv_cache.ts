/**
 * The KV cache in the form "shared-buffer": keys and values go in and come out of every run.
 *
 * onnxruntime-node writes them in place. In a browser all of it is copied into the runtime's memory and
 * back for each token. So the cache is only as large as the prompt needs; rows from its length on are
 * ignored, and answers do not depend on its size.
 */

import type { InferenceSession, Tensor } from "onnxruntime-common";

import type { KVForm } from "../bundle/manifest.js";
import { CapacityError } from "../errors.js";
import { free } from "../memory.js";
import type { KVCache, OnnxRuntime } from "./session.js";

const STATE = "next_"; // the state tensor `key_0` has the output `next_key_0`

export class SharedBufferCache implements KVCache {
  length = 0;
  private capacity = 0;
  private state: Record<string, Tensor> = {};
  private readonly names: readonly string[];
  /** What every run writes into; null where the runtime makes it anew. */
  private readonly outputs: Record<string, Tensor | null>;
  private readonly inPlace: boolean;

  constructor(
    private readonly ort: OnnxRuntime,
    private readonly session: InferenceSession,
    private readonly form: KVForm,
    private readonly width: number,
  ) {
    // onnxruntime-web takes tensors to write into as well, but leaves them as they were.
    this.inPlace = ort.env?.versions.node !== undefined;
    this.outputs = Object.fromEntries(session.outputNames.map((name) => [name, null]));
    this.names = session.outputNames
      .filter((name) => name.startsWith(STATE))
      .map((name) => name.slice(STATE.length));
  }

  reserve(capacity: number): void {
    if (capacity <= this.capacity) return;
    const { heads, head_dim } = this.form;
    const before = this.capacity * head_dim, after = capacity * head_dim;
    for (const name of this.names) {
      const rows = new Float32Array(heads * after);
      const old = this.state[name];
      for (let head = 0; old && head < heads; head++) {
        const kept = floats(old).subarray(head * before, head * before + this.length * head_dim);
        rows.set(kept, head * after);
      }
      const grown = new this.ort.Tensor("float32", rows, [1, heads, capacity, head_dim]);
      this.state[name] = grown;
      if (this.inPlace) this.outputs[STATE + name] = grown;
      if (old) release(old, grown);
    }
    this.capacity = capacity;
  }

  async run(ids: Int32Array, visual: Float32Array): Promise<Float32Array> {
    if (this.length + ids.length > this.capacity) {
      throw new CapacityError(
        `Stage decode is full: ${ids.length} tokens do not fit behind the ${this.length} of ` +
          `${this.capacity}; ask with a smaller token budget.`,
      );
    }
    const rows = visual.length ? visual : new Float32Array(this.width);
    const feeds = {
      ...this.state,
      ids: new this.ort.Tensor("int32", ids, [1, ids.length]),
      visual: new this.ort.Tensor("float32", rows, [rows.length / this.width, this.width]),
      position: new this.ort.Tensor("int32", Int32Array.of(this.length), [1]),
    };
    const outputs = await this.session.run(feeds, this.outputs);
    for (const name of this.names) {
      const before = this.state[name]!, after = outputs[STATE + name]!;
      // onnxruntime-node hands out a copy of what it wrote in place.
      if (this.inPlace) release(after, before);
      else {
        this.state[name] = after;
        release(before, after);
      }
    }
    this.length += ids.length;
    return floats(outputs["logits"]!);
  }

  truncate(length: number): void {
    this.length = Math.min(length, this.length);
  }

  async close(): Promise<void> {
    this.state = {};
    this.capacity = this.length = 0;
    await this.session.release();
  }
}

function floats(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}

/** Give a tensor's memory back, where it is not that of `kept`. */
function release(tensor: Tensor, kept: Tensor): void {
  if (floats(tensor).buffer !== floats(kept).buffer) free(floats(tensor));
}
