/** The state of the page: its bundle, its open page, its questions and answers. */

import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";

import { Client, WorkerError } from "./client.js";
import { isBundleKept } from "./kept_folder.js";
import { pixels, readFiles, type Picture } from "./pictures.js";
import type { Loaded, Opened, Progress } from "./protocol.js";
import type { Row } from "./save.js";
import { fill, texts } from "./texts/texts.js";

/** A row of the table, with the time from the question to its answer. */
export interface Result extends Row {
  readonly key: number;
  readonly ms: number;
}

export interface State {
  readonly loaded: Loaded | undefined;
  readonly pictures: readonly Picture[];
  readonly opened: Opened | undefined;
  readonly results: readonly Result[];
  /** The answer whose boxes are shown. */
  readonly shown: Result | undefined;
  /** The page that is shown, 0-based. */
  readonly page: number;
  readonly busy: "load" | "open" | "ask" | undefined;
  readonly progress: Progress | undefined;
  readonly message: string;
}

const START: State = {
  loaded: undefined,
  pictures: [],
  opened: undefined,
  results: [],
  shown: undefined,
  page: 0,
  busy: undefined,
  progress: undefined,
  message: "",
};

export interface Actions {
  load(file?: File): Promise<void>;
  openFiles(files: readonly File[]): Promise<void>;
  openPictures(pictures: readonly Picture[]): Promise<void>;
  ask(questions: readonly { field: string; question: string }[]): Promise<void>;
  show(result: Result): void;
  showPage(page: number): void;
  cancel(): void;
  closePage(): void;
  clearResults(): void;
  clearBundle(): Promise<void>;
  say(message: string): void;
}

export function useReading(): [State, Actions] {
  const [state, update] = useReducer((before: State, change: Partial<State>) => ({ ...before, ...change }), START);
  const latest = useRef(state);
  latest.current = state;
  const actions = useMemo(() => makeActions(update, () => latest.current), []);
  useEffect(() => {
    // A bundle that is kept from an earlier visit is there at once.
    void isBundleKept().then((kept) => (kept ? actions.load() : undefined));
  }, []);
  return [state, actions];
}

function makeActions(update: (change: Partial<State>) => void, now: () => State): Actions {
  const threads = new URLSearchParams(location.search).get("threads");
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: threads ?? "" });
  const client = new Client(worker);
  let abort: AbortController | undefined;
  let keys = 0;

  /** One thing at a time, with progress; an error becomes the message. */
  async function busy(kind: NonNullable<State["busy"]>, work: (options: { signal: AbortSignal; onProgress: (progress: Progress) => void }) => Promise<Partial<State>>): Promise<void> {
    if (now().busy) return;
    abort = new AbortController();
    update({ busy: kind, progress: undefined, message: "" });
    let change: Partial<State>;
    try {
      change = await work({ signal: abort.signal, onProgress: (progress) => update({ progress }) });
    } catch (error) {
      const cancelled = error instanceof WorkerError && error.code === "cancelled";
      const reason = error instanceof Error ? error.message : String(error);
      change = { message: cancelled ? texts.cancelled : fill(texts.failed, { reason }) };
    }
    update({ busy: undefined, progress: undefined, ...change });
  }

  async function openPictures(pictures: readonly Picture[]): Promise<void> {
    await busy("open", async (options) => {
      update({ pictures, opened: undefined, results: [], shown: undefined, page: 0 });
      const images = pictures.map(pixels);
      const transfer = images.map((image) => image.data.buffer);
      return { opened: await client.call("open", images, { ...options, transfer }) };
    });
  }

  return {
    load: (file) => busy("load", async (options) => ({ loaded: await client.call("load", file ?? null, options) })),
    openPictures,
    async openFiles(files) {
      if (files.length === 0 || now().busy) return;
      let pictures: Picture[];
      try {
        pictures = await readFiles(files);
      } catch (error) {
        update({ message: fill(texts.failed, { reason: (error as Error).message }) });
        return;
      }
      await openPictures(pictures);
    },
    ask: (questions) =>
      busy("ask", async (options) => {
        for (const { field, question } of questions) {
          const start = performance.now();
          const answer = await client.call("ask", question, options);
          const result = { key: ++keys, field, question, answer, ms: performance.now() - start };
          update({ results: [...now().results, result], shown: result, page: answer.page ?? now().page });
        }
        return {};
      }),
    show: (result) => update({ shown: result, page: result.answer.page ?? now().page }),
    showPage: (page) => update({ page }),
    cancel: () => abort?.abort(),
    closePage: () => update({ pictures: [], opened: undefined, results: [], shown: undefined, page: 0 }),
    clearResults: () => update({ results: [], shown: undefined }),
    clearBundle: () =>
      busy("load", async (options) => {
        await client.call("clear", undefined, options);
        return { loaded: undefined, opened: undefined, pictures: [], results: [], shown: undefined };
      }),
    say: (message) => update({ message }),
  };
}
