/** The reader, in a thread of its own: the page stays alive while a stage runs. */

import * as ort from "onnxruntime-web/wasm";
import runtimeModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import runtimeBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { Archive, Bundle, free, IntegrityError, OptionError, PinPoint, PinPointError, type Document } from "pinpoint-edge";

import { KeptFolder, forgetBundle } from "./kept_folder.js";
import type { CallName, Calls, Failure, Progress, Request, Response } from "./protocol.js";

const MOST_THREADS = 4;
const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
const asked = Number(self.name); // a number of threads, for tests

ort.env.wasm.numThreads = asked || threads;
ort.env.wasm.wasmPaths = { mjs: absolute(runtimeModule), wasm: absolute(runtimeBinary) };

let reader: PinPoint | undefined;
let document: Document | undefined;

interface Context {
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

type Handlers = {
  [Name in CallName]: (argument: Parameters<Calls[Name]>[0], context: Context) => Promise<ReturnType<Calls[Name]>>;
};

const handlers: Handlers = {
  async load(file, { signal, report }) {
    await reader?.close();
    reader = document = undefined;
    const folder = new KeptFolder(new URL("../bundle", absolute(self.location.pathname)).href);
    const bundle = await Bundle.open(file ? await Archive.open(file) : folder, { signal });
    folder.know(bundle);
    try {
      const onProgress = (done: number, total: number) => report({ kind: "bytes", done, total });
      await bundle.verify({ signal, onProgress });
    } catch (error) {
      if (error instanceof IntegrityError && !file) await forgetBundle(); // what is broken is not kept
      throw error;
    }
    if (!file) await folder.prune();
    reader = await PinPoint.load(bundle, { ort, session: { expandWeights: true } });
    const { name, model, licences } = bundle.manifest;
    return { name, model, licences, digest: bundle.digest, bytes: bundle.size, threads: ort.env.wasm.numThreads! };
  },

  async open(pages, { signal, report }) {
    document = undefined;
    try {
      document = await here(reader).open(pages, { signal, onProgress: steps(report) });
    } finally {
      for (const { data } of pages) free(data); // the document has its own pixels
    }
    return { regions: document.regions.length, timings: document.timings };
  },

  ask(question, { signal, report }) {
    return here(document).ask(question, { signal, onProgress: steps(report) });
  },

  async clear() {
    await reader?.close();
    reader = document = undefined;
    await forgetBundle();
  },
};

function steps(report: Context["report"]) {
  return (step: Extract<Progress, { kind: "step" }>["step"], share: number) => report({ kind: "step", step, share });
}

function here<T>(value: T | undefined): T {
  if (value === undefined) throw new OptionError("No page is open: load the bundle, then open a page.");
  return value;
}

function absolute(path: string): string {
  return new URL(path, self.location.href).href;
}

function failure(error: unknown): Failure {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error(String(error));
  const code = error instanceof PinPointError ? error.code : name === "AbortError" ? "cancelled" : "error";
  return { name, code, message };
}

const running = new Map<number, AbortController>();
const post = (response: Response) => self.postMessage(response);

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  if ("cancel" in data) {
    running.get(data.cancel)?.abort();
    return;
  }
  const { id, call, argument } = data;
  const abort = new AbortController();
  running.set(id, abort);
  const context: Context = { signal: abort.signal, report: (progress) => post({ id, progress }) };
  try {
    const handler = handlers[call] as (argument: unknown, context: Context) => Promise<unknown>;
    post({ id, result: await handler(argument, context) });
  } catch (error) {
    post({ id, failure: failure(error) });
  } finally {
    running.delete(id);
  }
};
