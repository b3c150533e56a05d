/**
 * The language model's tokenizer: a byte-level BPE read from a `tokenizer.json`.
 *
 * Text that comes from a page or a user is never parsed for control tokens: "<|im_end|>" written on a
 * form encodes as ordinary characters. Control ids are reached only by name.
 */

import { BundleError } from "../errors.js";
import { fromBytes, toBytes } from "../text.js";

const SINGLE_DIGITS = /\p{N}|\P{N}+/gu;
/** The parts of GPT-2 (Radford et al. 2019). */
const PARTS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const CACHED_TEXTS = 8192;

interface TokenizerJson {
  readonly model: {
    readonly type: string;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
  };
  readonly pre_tokenizer: PreTokenizer | null;
  readonly added_tokens: readonly { id: number; content: string; special: boolean }[];
}

interface PreTokenizer {
  readonly type: string;
  readonly individual_digits?: boolean;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
  readonly pretokenizers?: readonly PreTokenizer[];
}

/** The byte of each printable stand-in, and the stand-in of each byte. */
function byteAlphabet(): { byteOf: Map<string, number>; standIn: string[] } {
  const standIn: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte < 0x7f) || (byte >= 0xa1 && byte < 0xad) || byte >= 0xae;
    standIn.push(String.fromCharCode(printable ? byte : next++));
  }
  return { byteOf: new Map(standIn.map((character, byte) => [character, byte])), standIn };
}

export class Tokenizer {
  /** The bytes of every id in order; control tokens are empty. */
  readonly bytesTable: readonly string[];
  private readonly standIn: readonly string[];
  private readonly ids: ReadonlyMap<string, number>;
  private readonly ranks = new Map<string, number>();
  private readonly controls = new Map<string, number>();
  private readonly cache = new Map<string, readonly number[]>();
  private readonly singleDigits: boolean;

  constructor(json: unknown, where = "tokenizer.json") {
    const { model, pre_tokenizer, added_tokens } = check(json, where);
    const steps = pre_tokenizer?.pretokenizers ?? (pre_tokenizer ? [pre_tokenizer] : []);
    this.singleDigits = steps.some((step) => step.type === "Digits" && step.individual_digits);
    if (!steps.some((step) => step.type === "ByteLevel" && !step.add_prefix_space)) throw notByteLevel(where);
    const { byteOf, standIn } = byteAlphabet();
    this.standIn = standIn;
    this.ids = new Map(Object.entries(model.vocab));
    model.merges.forEach((pair, rank) => {
      this.ranks.set(typeof pair === "string" ? pair : pair.join(" "), rank);
    });
    const table: string[] = [];
    for (const [token, id] of this.ids) {
      table[id] = Array.from(token, (character) => {
        const byte = byteOf.get(character);
        return byte === undefined ? "" : String.fromCharCode(byte);
      }).join("");
    }
    for (const { id, content, special } of added_tokens) {
      if (special) this.controls.set(content, id);
      table[id] = special ? "" : toBytes(content);
    }
    this.bytesTable = Array.from(table, (bytes) => bytes ?? "");
  }

  /** Number of ids, control tokens included; the first visual id follows the last one. */
  get vocabulary(): number {
    return this.bytesTable.length;
  }

  /** Id of a control token such as "<|im_end|>". */
  controlId(name: string): number {
    const id = this.controls.get(name);
    if (id === undefined) {
      throw new BundleError(`The tokenizer has no control token ${name}: export the bundle again.`);
    }
    return id;
  }

  /** Ids of the text; control tokens are never produced. */
  encode(text: string): readonly number[] {
    const known = this.cache.get(text);
    if (known) return known;
    const pieces = this.singleDigits ? (text.match(SINGLE_DIGITS) ?? []) : [text];
    const ids = pieces
      .flatMap((piece) => piece.match(PARTS) ?? [])
      .flatMap((part) => this.merge(part));
    if (this.cache.size >= CACHED_TEXTS) this.cache.clear();
    this.cache.set(text, ids);
    return ids;
  }

  /** Text of the ids; control tokens vanish, broken UTF-8 becomes U+FFFD. */
  decode(ids: readonly number[]): string {
    return fromBytes(ids.map((id) => this.bytesTable[id] ?? "").join(""));
  }

  /** Join the pair of the lowest rank, the leftmost of equals, until none is left. */
  private merge(part: string): number[] {
    const parts = Array.from(toBytes(part), (byte) => this.standIn[byte.charCodeAt(0)]!);
    while (parts.length > 1) {
      let best = Infinity, place = -1;
      for (let n = 0; n + 1 < parts.length; n++) {
        const rank = this.ranks.get(`${parts[n]} ${parts[n + 1]}`) ?? Infinity;
        if (rank < best) [best, place] = [rank, n];
      }
      if (place < 0) break;
      parts.splice(place, 2, parts[place]! + parts[place + 1]!);
    }
    return parts.map((token) => this.ids.get(token)!);
  }
}

function check(json: unknown, where: string): TokenizerJson {
  const found = json as Partial<TokenizerJson> | null;
  if (found?.model?.type !== "BPE" || !found.model.vocab || !found.model.merges || !found.added_tokens) {
    throw notByteLevel(where);
  }
  return found as TokenizerJson;
}

function notByteLevel(where: string): BundleError {
  return new BundleError(`The tokenizer in ${where} is no byte-level BPE: export the bundle again.`);
}
