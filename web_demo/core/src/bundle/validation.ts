/** A manifest read from strangers: decoded strictly, then checked against itself. */

import { BundleError } from "../errors.js";
import { ALIGN_SIZES, INSTRUCTION_TRIGRAMS, READING_TRIGRAMS } from "../retrieval/align.js";
import { CANVASES, MAX_UPSCALE } from "../vision/canvas.js";
import { BATCH, REFINE_HEIGHT, glanceWidths } from "../vision/crop.js";
import { BOX_SCORE, THRESHOLD, UNCLIP } from "../vision/regions.js";
import { MANIFEST, SCHEMA, STAGES, type HostParameters, type Manifest, type StageEntry, type TensorSpec } from "./manifest.js";
import { checkNames } from "./paths.js";
import { anything, broken, dictionary, dimension, list, number, oneOf, optional, pair, record, text, whole } from "./shape.js";
import { parseStrict } from "./strict_json.js";

export const MAX_MANIFEST_BYTES = 16 * 2 ** 20;
const OPS = ["fit_canvas", "resize", "components", "crop", "grey", "ctc", "trigrams"];
const DTYPES = ["uint8", "int32", "int64", "float16", "float32"] as const;

const tensor = record<TensorSpec>({ name: text, dtype: oneOf(...DTYPES), shape: list(dimension) });
const stage = record<StageEntry>({ file: text, data: list(text), inputs: list(tensor), outputs: list(tensor) });
const PRIOR = { share: 0.2, limit: 3.0 };
const SELECTION = { temperature: 2.0, null_wins: 0.9, page_share: 0.1 };

const host = record<HostParameters>({
  canvases: list(pair(whole)),
  glance_height: whole,
  glance_widths: list(whole),
  refine_height: whole,
  refine_widths: list(whole),
  batch: whole,
  align_sizes: list(whole),
  instruction_trigrams: whole,
  reading_trigrams: whole,
  detection: record({
    threshold: optional(number, THRESHOLD),
    box_score: optional(number, BOX_SCORE),
    unclip: optional(number, UNCLIP),
  }),
  maximum_upscale: optional(number, MAX_UPSCALE),
  reading_order: optional(oneOf("rows", "layout"), "rows"),
  selection: optional(
    record({
      temperature: optional(number, SELECTION.temperature),
      null_wins: optional(number, SELECTION.null_wins),
      page_share: optional(number, SELECTION.page_share),
    }),
    SELECTION,
  ),
});

const manifest = record<Manifest>({
  schema: text,
  name: text,
  model: text,
  target: text,
  requires: list(text),
  stages: record({ detect: stage, glance: stage, align: stage, refine: stage, decode: stage }),
  preprocessing: record({
    version: whole,
    ops: list(record({ op: text, stage: text, arguments: dictionary(anything) })),
  }),
  host,
  tokenizer: text,
  characters: dictionary(text),
  vocabulary: whole,
  d_llm: whole,
  token_budget: record({ default: whole, maximum: whole }),
  coverage: number,
  kv: record({ form: text, layers: whole, heads: whole, head_dim: whole, capacity: whole }),
  licences: list(record({ component: text, licence: text, source: text })),
  files: dictionary(record({ sha256: text, size: whole })),
  confidence: optional(dictionary(dictionary(number)), {}),
  not_found: optional(record({ share: optional(number, PRIOR.share), limit: optional(number, PRIOR.limit) }), PRIOR),
});

/** Decode and check the bytes of a manifest.json; `where` names it in messages. */
export function readManifest(raw: Uint8Array, where: string): Manifest {
  if (raw.length > MAX_MANIFEST_BYTES) throw new BundleError(`${where} is too large; it is no manifest.`);
  let value: unknown;
  try {
    value = parseStrict(raw);
  } catch (error) {
    throw new BundleError(`${where} is not valid JSON: ${(error as Error).message}. Download the bundle again.`);
  }
  checkSchema(value, where);
  const found = manifest(value, "$");
  checkValues(found);
  checkReferences(found, where);
  checkHost(found);
  return found;
}

function checkSchema(value: unknown, where: string): void {
  const version = (value as { schema?: unknown } | null)?.schema;
  if (typeof version !== "string" || !/^[0-9]{1,6}\.[0-9]{1,6}$/.test(version)) {
    throw new BundleError(`${where} has no schema version such as "${SCHEMA}"; it is no manifest.`);
  }
  const theirs = Number.parseInt(version), ours = Number.parseInt(SCHEMA);
  if (theirs > ours) {
    throw new BundleError(`${where} has schema ${version}, newer than ${SCHEMA} which this version reads; update pinpoint-edge.`);
  }
  if (theirs < ours) {
    throw new BundleError(`${where} has schema ${version}, which this version no longer reads; export the bundle again.`);
  }
}

function checkValues(found: Manifest): void {
  for (const [name, file] of Object.entries(found.files)) {
    if (!/^[0-9a-f]{64}$/.test(file.sha256)) throw broken(`$.files.${name}.sha256`, "it is no sha256");
    if (file.size < 0) throw broken(`$.files.${name}.size`, "it is negative");
  }
  const { share, limit } = found.not_found;
  if (!(share > 0 && share < 1) || limit < 0) throw broken("$.not_found", "share or limit is out of range");
  if (!(found.host.selection.temperature > 0)) throw broken("$.host.selection.temperature", "it must be above 0");
  if (!(found.coverage > 0 && found.coverage <= 1)) throw broken("$.coverage", "it must be above 0 and at most 1");
  const { default: usual, maximum } = found.token_budget;
  if (!(usual > 0 && usual <= maximum)) throw broken("$.token_budget", "default must be above 0 and at most maximum");
  const { layers, heads, head_dim, capacity } = found.kv;
  for (const [path, size] of Object.entries({ layers, heads, head_dim, capacity })) {
    if (size < 1) throw broken(`$.kv.${path}`, "it must be at least 1");
  }
  if (found.vocabulary < 1 || found.d_llm < 1) throw broken("$.vocabulary", "it must be at least 1");
}

function checkReferences(found: Manifest, where: string): void {
  checkNames([MANIFEST, ...Object.keys(found.files)], where);
  const named = (name: string, path: string) => {
    if (!Object.hasOwn(found.files, name)) throw broken(path, `'${name}' is not in $.files`);
  };
  named(found.tokenizer, "$.tokenizer");
  for (const each of ["glance", "refine"]) {
    if (!Object.hasOwn(found.characters, each)) throw broken("$.characters", `${each} missing`);
  }
  for (const [key, name] of Object.entries(found.characters)) named(name, `$.characters.${key}`);
  for (const each of STAGES) {
    const { file, data } = found.stages[each];
    for (const name of [file, ...data]) named(name, `$.stages.${each}`);
  }
  const { version, ops } = found.preprocessing;
  if (version !== 1) throw new BundleError(`${where} needs preprocessing version ${version}; update pinpoint-edge.`);
  const unknown = ops.find((op) => !OPS.includes(op.op));
  if (unknown) throw new BundleError(`${where} needs the operation '${unknown.op}'; update pinpoint-edge.`);
}

/** Refuse a bundle of other sizes than this version's; some belong to the weights. */
function checkHost(found: Manifest): void {
  const { host } = found;
  const own: HostParameters = {
    ...host,
    canvases: CANVASES,
    glance_widths: glanceWidths(host.glance_height),
    refine_height: REFINE_HEIGHT,
    batch: BATCH,
    align_sizes: ALIGN_SIZES,
    instruction_trigrams: INSTRUCTION_TRIGRAMS,
    reading_trigrams: READING_TRIGRAMS,
    detection: { threshold: THRESHOLD, box_score: BOX_SCORE, unclip: UNCLIP },
    maximum_upscale: MAX_UPSCALE,
  };
  if (JSON.stringify(host) !== JSON.stringify(own)) {
    throw new BundleError(
      `The bundle '${found.name}' was made for other host parameters than this version's: export it ` +
        "again with this version.",
    );
  }
}
