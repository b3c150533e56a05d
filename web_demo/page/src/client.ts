/** The worker as promises, with progress and cancelling. */

import type { CallName, Calls, Failure, Progress, Request, Response } from "./protocol.js";

/** An error of the worker; `code` is that of the errors of pinpoint-edge. */
export class WorkerError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = failure.name;
  }

  get code(): string {
    return this.failure.code;
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly transfer?: readonly Transferable[];
}

interface Waiting extends CallOptions {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What this client needs of a worker. */
export interface Port {
  onmessage: ((event: MessageEvent<Response>) => void) | null;
  onerror?: ((event: ErrorEvent) => void) | null;
  postMessage(message: Request, transfer: Transferable[]): void;
}

export class Client {
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor(private readonly port: Port) {
    port.onmessage = ({ data }) => this.receive(data);
    port.onerror = (event) => {
      for (const call of this.waiting.values()) call.reject(new Error(event.message || "The worker ended."));
      this.waiting.clear();
    };
  }

  call<Name extends CallName>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    options: CallOptions = {},
  ): Promise<ReturnType<Calls[Name]>> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      options.signal?.addEventListener("abort", () => this.port.postMessage({ cancel: id }, []));
      this.waiting.set(id, { ...options, resolve: resolve as (result: unknown) => void, reject });
      this.port.postMessage({ id, call: name, argument }, [...(options.transfer ?? [])]);
    });
  }

  private receive(response: Response): void {
    const call = this.waiting.get(response.id);
    if (!call) return;
    if ("progress" in response) {
      call.onProgress?.(response.progress);
      return;
    }
    this.waiting.delete(response.id);
    if ("failure" in response) call.reject(new WorkerError(response.failure));
    else call.resolve(response.result);
  }
}
