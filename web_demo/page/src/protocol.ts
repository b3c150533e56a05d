/** What the page and its worker say to each other. */

import type { Answer, PageImage, Step } from "pinpoint-edge";

/** What is known of a bundle once it is loaded. */
export interface Loaded {
  readonly name: string;
  readonly model: string;
  readonly digest: string;
  readonly bytes: number;
  readonly threads: number;
  readonly licences: readonly { component: string; licence: string }[];
}

export interface Opened {
  readonly regions: number;
  readonly timings: Answer["timings"];
}

export interface Calls {
  /** Fetch the bundle, or take it from a file, and keep it. */
  load(file: Blob | null): Loaded;
  /** Open pages as one document. */
  open(pages: readonly PageImage[]): Opened;
  ask(question: string): Answer;
  /** Forget the bundle that is kept on this device. */
  clear(): void;
}

export type CallName = keyof Calls;

export type Request =
  | { readonly id: number; readonly call: CallName; readonly argument: unknown }
  | { readonly cancel: number };

export type Progress =
  | { readonly kind: "bytes"; readonly done: number; readonly total: number }
  | { readonly kind: "step"; readonly step: Step; readonly share: number };

export interface Failure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

export type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly id: number; readonly progress: Progress };
