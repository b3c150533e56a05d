/** The five stages of a bundle, loaded on first use, their failures named. */

import type { InferenceSession } from "onnxruntime-common";

import type { Bundle } from "../bundle/bundle.js";
import type { StageName } from "../bundle/manifest.js";
import { Pieces } from "../bundle/pieces.js";
import { BackendError, BundleError, InferenceError, PinPointError } from "../errors.js";
import { free } from "../memory.js";
import { FOLDING, expandProducts } from "../onnx/expand.js";
import { SharedBufferCache } from "./kv_cache.js";
import { toTensor, type Feeds, type KVCache, type OnnxRuntime, type Outputs, type Session } from "./session.js";

/** How sessions are made: options of ONNX Runtime, such as execution providers and threads. */
export type SessionOptions = Omit<InferenceSession.SessionOptions, "externalData"> & {
  /** Expand weights in blocks of integers when a graph is loaded: see `onnx/expand.ts`. */
  readonly expandWeights?: boolean;
};

const DEFAULTS: SessionOptions = {
  graphOptimizationLevel: "all",
  enableMemPattern: false, // sizes differ from run to run
  logSeverityLevel: 3,
};

export class Stages {
  private readonly sessions = new Map<StageName, Promise<Session>>();

  constructor(
    private readonly ort: OnnxRuntime,
    private readonly bundle: Bundle,
    private readonly options: SessionOptions = {},
  ) {
    const { target, name, kv } = bundle.manifest;
    if (target !== "onnx") {
      throw new BackendError(
        `The bundle '${name}' was exported for ${target}, which ONNX Runtime does not run: ` +
          "export it for onnx.",
      );
    }
    if (kv.form !== "shared-buffer") {
      throw new BundleError(`The bundle '${name}' has a cache of the form ${kv.form}, not shared-buffer.`);
    }
  }

  /** A vision stage. */
  session(stage: Exclude<StageName, "decode">): Promise<Session> {
    let session = this.sessions.get(stage);
    if (!session) {
      session = this.load(stage).then((loaded) => new OrtSession(this.ort, stage, loaded));
      this.sessions.set(stage, session);
      session.catch(() => this.sessions.delete(stage)); // a later call tries again
    }
    return session;
  }

  /** The decode stage with an empty cache. */
  async kvCache(): Promise<KVCache> {
    const { kv, d_llm } = this.bundle.manifest;
    const cache = new SharedBufferCache(this.ort, await this.load("decode"), kv, d_llm);
    return named("decode", cache);
  }

  private async load(stage: StageName): Promise<InferenceSession> {
    const { file, data } = this.bundle.manifest.stages[stage];
    const { expandWeights, ...given } = this.options;
    const isExpanded = expandWeights && stage === "decode"; // the one stage with products of integers
    const options = { ...DEFAULTS, ...given, ...(isExpanded ? { extra: FOLDING } : {}) };
    const path = isExpanded ? undefined : this.bundle.files.path?.(file);
    try {
      if (path !== undefined) return await this.ort.InferenceSession.create(path, options);
      const stored = await this.bundle.read(file);
      const graph = isExpanded ? expandProducts(stored) : stored;
      const external = await Promise.all(
        data.map(async (name) => ({ path: name.split("/").pop()!, data: await this.weights(name) })),
      );
      const externalData = external.length ? { externalData: external } : {};
      try {
        return await this.ort.InferenceSession.create(graph, { ...options, ...externalData });
      } finally {
        // The runtime has its own copy.
        for (const { data } of external) data instanceof Pieces ? data.close() : free(data);
      }
    } catch (error) {
      if (error instanceof PinPointError) throw error;
      throw new BundleError(`Stage ${stage} cannot be loaded: ${reason(error)}`, { cause: error });
    }
  }

  /** Weights beside a graph; onnxruntime-web copies them piece by piece. */
  private async weights(name: string): Promise<Uint8Array> {
    const inBrowser = this.ort.env?.versions.web !== undefined;
    return (inBrowser ? await this.bundle.pieces(name) : undefined) ?? this.bundle.read(name);
  }

  async close(): Promise<void> {
    const sessions = await Promise.allSettled(this.sessions.values());
    this.sessions.clear();
    for (const session of sessions) if (session.status === "fulfilled") await session.value.close();
  }
}

class OrtSession implements Session {
  constructor(
    private readonly ort: OnnxRuntime,
    private readonly stage: string,
    private readonly session: InferenceSession,
  ) {}

  async run(feeds: Feeds): Promise<Outputs> {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => [name, toTensor(this.ort, feed)]),
    );
    const outputs = await running(this.stage, () => this.session.run(tensors));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Outputs[string]]),
    );
  }

  close(): Promise<void> {
    return this.session.release();
  }
}

/** A cache whose failures name its stage. */
function named(stage: string, cache: KVCache): KVCache {
  const run = cache.run.bind(cache);
  cache.run = (ids, visual) => running(stage, () => run(ids, visual));
  return cache;
}

async function running<T>(stage: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof PinPointError) throw error;
    throw new InferenceError(`Stage ${stage} failed: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
