/**
 * Print the processor time of the host steps of one page and question, and of the stages.
 *
 *     npm run build -w core && node tools/host_times.mjs BUNDLE PAGE.png QUESTION ROUNDS
 *
 * tests/hosts/host_times.py prints the same of Python. The time is the whole process's, on one thread
 * of ONNX Runtime, so that of compiling and of collecting garbage counts as the host's.
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { PNG } from "pngjs";

import { PinPoint } from "../core/dist/index.js";

const [bundle, page, question, rounds] = process.argv.slice(2);
const now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

let spent = 0;
const timed = async (work) => {
  const start = now();
  try {
    return await work();
  } finally {
    spent += now() - start;
  }
};

/** ONNX Runtime whose sessions sum their time. */
const watched = {
  ...ort,
  InferenceSession: {
    create: (...given) =>
      timed(async () => {
        const session = await ort.InferenceSession.create(...given);
        const run = session.run.bind(session);
        session.run = (...inputs) => timed(() => run(...inputs));
        return session;
      }),
  },
};

const files = { where: bundle, path: (name) => join(bundle, name), read: (name) => readFile(join(bundle, name)) };
const reader = await PinPoint.load(files, { ort: watched, session: { intraOpNumThreads: 1 } });
const { data, width, height } = PNG.sync.read(readFileSync(page));
for (let round = 1; round <= Number(rounds); round++) {
  spent = 0;
  const start = now();
  const document = await reader.open({ data, width, height });
  const read = now() - start - spent, before = spent, between = now();
  const { text } = await document.ask(question);
  const asked = now() - between - (spent - before);
  const ms = (value) => `${value.toFixed(0)} ms`;
  console.log(`round ${round}: host ${ms(read)} to read, ${ms(asked)} to ask; stages ${ms(spent)}: ${text}`);
}
await reader.close();
