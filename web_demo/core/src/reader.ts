/**
 * The reader: a bundle loaded, and documents opened with it.
 *
 *     const reader = await PinPoint.load(new FetchedFolder("/bundle"), { ort });
 *     const page = await reader.open(context.getImageData(0, 0, width, height));
 *     const answer = await page.ask("What is the total?");
 */

import { Bundle, type BundleFiles, type OpenOptions } from "./bundle/bundle.js";
import type { Manifest } from "./bundle/manifest.js";
import { Document } from "./document.js";
import { Engine } from "./engine.js";
import { PageError } from "./errors.js";
import type { OnnxRuntime } from "./runtime/session.js";
import type { SessionOptions } from "./runtime/stages.js";
import { Watch, type CallOptions } from "./runtime/watch.js";
import { look, type LookedPage } from "./vision/look.js";
import { Page, type PageImage } from "./vision/page.js";

export interface LoadOptions extends OpenOptions {
  /** The module onnxruntime-web or onnxruntime-node. */
  readonly ort: OnnxRuntime;
  /** Options of ONNX Runtime for every stage, such as `executionProviders`. */
  readonly session?: SessionOptions;
}

/** A reader: one bundle, loaded. Calls take turns. */
export class PinPoint {
  private constructor(
    private readonly engine: Engine,
    /** sha256 that names the bundle's content. */
    readonly digest: string,
  ) {}

  /** Load a bundle; stages are loaded on first use. Rejects with BundleError, IntegrityError, BackendError. */
  static async load(files: BundleFiles | Bundle, options: LoadOptions): Promise<PinPoint> {
    const bundle = files instanceof Bundle ? files : await Bundle.open(files, options);
    return new PinPoint(await Engine.of(options.ort, bundle, options.session), bundle.digest);
  }

  get manifest(): Manifest {
    return this.engine.manifest;
  }

  /** Open a page, or several as one document: detect and glance once. Rejects with PageError, InferenceError. */
  open(pages: PageImage | readonly PageImage[], options: CallOptions = {}): Promise<Document> {
    const given = Array.isArray(pages) ? (pages as readonly PageImage[]) : [pages as PageImage];
    return this.engine.inTurn(async () => {
      const watch = new Watch(options);
      const loaded = await watch.timed("load", () => given.map((page, number) => Page.of(page, number)));
      if (loaded.length === 0) throw new PageError("no page was given; give at least one");
      const looked: LookedPage[] = [];
      let first = 0;
      for (const page of loaded) {
        looked.push(await look(this.engine, page, first, watch));
        first += looked[looked.length - 1]!.regions.length;
      }
      return new Document(this.engine, looked, watch.timings);
    });
  }

  /** Free all sessions. */
  close(): Promise<void> {
    return this.engine.close();
  }
}
