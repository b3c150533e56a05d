/** A call that is watched: its milliseconds by step, its progress, and its end before time. */

/** Steps of opening a page and of a question, in order. */
export type Step =
  | "load"
  | "detect"
  | "layout"
  | "glance"
  | "align"
  | "select"
  | "refine"
  | "prefill"
  | "decode";

/** What a caller may give to every call that takes time. */
export interface CallOptions {
  /** Ends the call between two runs of a stage; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called when a step begins and as it goes on, with the share of it that is done, 0 to 1. */
  readonly onProgress?: (step: Step, done: number) => void;
}

export type Timings = Partial<Record<Step, number>>;

export class Watch {
  readonly timings: Timings = {};

  constructor(private readonly options: CallOptions = {}) {}

  /** Add the milliseconds of a function to those of a step. */
  async timed<T>(step: Step, work: () => T | Promise<T>): Promise<T> {
    this.progress(step, 0);
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.timings[step] = (this.timings[step] ?? 0) + performance.now() - start;
    }
  }

  /** Throws the reason of a signal that was aborted. */
  check(): void {
    this.options.signal?.throwIfAborted();
  }

  /** Report progress, and check. */
  progress(step: Step, done: number): void {
    this.check();
    this.options.onProgress?.(step, done);
  }
}
