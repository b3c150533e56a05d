/** The manifest of a bundle, as docs/bundle.md specifies it: what this host reads of it. */

import type { Weights } from "../generation/confidence.js";
import type { ReadingOrder } from "../vision/layout/order.js";

/** MAJOR.MINOR of the schema that this version reads. */
export const SCHEMA = "1.4";
export const MANIFEST = "manifest.json";
export const STAGES = ["detect", "glance", "align", "refine", "decode"] as const;
export type StageName = (typeof STAGES)[number];

export interface TensorSpec {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface StageEntry {
  readonly file: string;
  readonly data: readonly string[];
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export interface Op {
  readonly op: string;
  readonly stage: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface SelectionParameters {
  readonly temperature: number;
  readonly null_wins: number;
  readonly page_share: number;
}

export interface HostParameters {
  readonly canvases: readonly (readonly [number, number])[];
  readonly glance_height: number;
  readonly glance_widths: readonly number[];
  readonly refine_height: number;
  readonly refine_widths: readonly number[];
  readonly batch: number;
  readonly align_sizes: readonly number[];
  readonly instruction_trigrams: number;
  readonly reading_trigrams: number;
  readonly detection: { readonly threshold: number; readonly box_score: number; readonly unclip: number };
  readonly maximum_upscale: number;
  readonly reading_order: ReadingOrder;
  readonly selection: SelectionParameters;
}

export interface KVForm {
  readonly form: string;
  readonly layers: number;
  readonly heads: number;
  readonly head_dim: number;
  readonly capacity: number;
}

export interface FileEntry {
  readonly sha256: string;
  readonly size: number;
}

export interface Manifest {
  readonly schema: string;
  readonly name: string;
  readonly model: string;
  readonly target: string;
  readonly requires: readonly string[];
  readonly stages: Readonly<Record<StageName, StageEntry>>;
  readonly preprocessing: { readonly version: number; readonly ops: readonly Op[] };
  readonly host: HostParameters;
  readonly tokenizer: string;
  readonly characters: Readonly<Record<string, string>>;
  readonly vocabulary: number;
  readonly d_llm: number;
  readonly token_budget: { readonly default: number; readonly maximum: number };
  readonly coverage: number;
  readonly kv: KVForm;
  readonly licences: readonly { component: string; licence: string; source: string }[];
  readonly files: Readonly<Record<string, FileEntry>>;
  readonly confidence: Readonly<Record<string, Weights>>;
  readonly not_found: { readonly share: number; readonly limit: number };
}
