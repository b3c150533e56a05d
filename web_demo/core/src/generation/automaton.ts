/**
 * The automaton of constrained decoding: which tokens may continue an answer.
 *
 * An answer is a verbatim span of the quotable text, "yes", "no", "not found", or, when the question
 * asks for a count, a number from 0 to 99. States are byte offsets in the text; a token is allowed
 * when its bytes continue the text at a live state. Where the same words are in several places all of
 * them stay live, and the most relevant one is reported in the end.
 */

import { OptionError } from "../errors.js";
import { codePoints, fromBytes, toBytes } from "../text.js";
import { NOT_FOUND } from "./prompt.js";
import { wordEnds, wordStarts, type Quotable } from "./quotable.js";

export type SpanKind = "span" | "yes" | "no" | "count" | "not-found";

/** Region index, first character, end character. */
export type SpanPiece = readonly [region: number, start: number, end: number];

/** An answer as a place in the quotable text; `alternatives` are other places of the same words. */
export interface Span {
  readonly text: string;
  readonly pieces: readonly SpanPiece[];
  readonly kind: SpanKind;
  readonly alternatives: readonly (readonly SpanPiece[])[];
  /** False when the token limit cut the answer back to its last whole word. */
  readonly complete: boolean;
}

const COUNTING = /^\s*(how\s+many|(the\s+|what\s+is\s+the\s+)?number\s+of|count)(?![\p{L}\p{N}_])/iu;
const MAX_COUNT = 99;
const SPACE = " ";

/** Tokens by their bytes, made once a tokenizer. */
export class TokenTable {
  readonly ids = new Map<string, number>();
  readonly longest: number;
  /** How tokens begin that hold a space after their first byte; few do. */
  readonly across = new Set<string>();

  constructor(
    readonly bytesTable: readonly string[],
    readonly endId: number,
  ) {
    let longest = 0;
    bytesTable.forEach((token, id) => {
      if (!token) return;
      if (!this.ids.has(token)) this.ids.set(token, id);
      longest = Math.max(longest, token.length);
      for (let place = token.indexOf(SPACE, 1); place > 0; place = token.indexOf(SPACE, place + 1)) {
        this.across.add(token.slice(0, place + 1));
      }
    });
    this.longest = longest;
  }

  /** The longest token that begins the bytes. */
  firstToken(bytes: string): number {
    for (let end = bytes.length; end > 0; end--) {
      const id = this.ids.get(bytes.slice(0, end));
      if (id !== undefined) return id;
    }
    throw new OptionError("The tokenizer has no token for a single byte.");
  }
}

interface Node {
  readonly text: string; // bytes
  readonly starts: readonly number[];
  readonly ends: ReadonlySet<number>;
  readonly successors: readonly number[];
  readonly kind: SpanKind;
  readonly relevance: number;
}

/** A live state, and how it was reached: parts of earlier nodes, then `node` from byte `start` on. */
interface Path {
  readonly node: number;
  readonly offset: number;
  readonly start: number;
  readonly closed: readonly SpanPiece[];
  readonly relevance: number;
}

export class AnswerAutomaton {
  private readonly nodes: readonly Node[];
  private live: readonly Path[];
  private emitted: string | undefined; // undefined until the space before the answer has come
  private atEnd = false;
  private whole = ""; // the answer up to its last word end, and the paths that lead there
  private wholePaths: readonly Path[] = [];
  private finished = false;

  constructor(
    readonly table: TokenTable,
    private readonly quotable: readonly Quotable[],
    question: string,
  ) {
    this.nodes = nodesOf(quotable, question);
    this.live = this.nodes.flatMap(({ starts, relevance }, node) =>
      starts.map((start) => ({ node, offset: start, start, closed: [], relevance })),
    );
  }

  /** Ids, ascending, that may come next; the end token among them at a word end. */
  allowed(): Int32Array {
    const found = new Set<number>();
    if (!this.finished) {
      const space = this.table.ids.get(SPACE);
      if (this.emitted === undefined && space !== undefined) found.add(space);
      const opening = this.emitted === undefined ? SPACE : "";
      for (const { node, offset } of this.live) this.collect(node, offset, opening, found);
      if (this.atEnd) found.add(this.table.endId);
    }
    return Int32Array.from(found).sort();
  }

  /** Add the ids whose bytes are `prefix` and a continuation of the state. */
  private collect(number: number, offset: number, prefix: string, found: Set<number>): void {
    const { ids, longest, across } = this.table;
    const node = this.nodes[number]!;
    const text = prefix + node.text.slice(offset, Math.max(offset, offset + longest - prefix.length));
    for (let end = prefix.length + 1; end <= text.length; end++) {
      const head = text.slice(0, end);
      if (end > 1 && head.endsWith(SPACE) && !across.has(head)) return;
      const id = ids.get(head);
      if (id !== undefined) found.add(id);
    }
    if (text.length >= longest) return;
    const joined = text + SPACE;
    if (joined.length > 1 && !across.has(joined)) return;
    const id = ids.get(joined);
    for (const successor of node.successors) {
      if (id !== undefined) found.add(id);
      this.collect(successor, 0, joined, found);
    }
  }

  /** Append a token; refused when it is not allowed here. */
  push(id: number): void {
    if (id === this.table.endId) {
      if (this.finished || !this.atEnd) {
        throw new OptionError("The answer cannot end here: it is not at the end of a word.");
      }
      this.finished = true;
      return;
    }
    const token = this.table.bytesTable[id] ?? "";
    const opens = this.emitted === undefined; // the first byte of an answer is the space before it
    const rest = opens ? token.slice(1) : token;
    const live = new Map<string, Path>();
    if (token && !this.finished && (!opens || token.startsWith(SPACE))) {
      for (const path of this.live) {
        for (const reached of this.advance(path, rest)) {
          const state = `${reached.node} ${reached.offset}`, best = live.get(state);
          if (!best || rank(reached, best) > 0) live.set(state, reached);
        }
      }
    }
    if (live.size === 0) {
      throw new OptionError(`Token ${id} does not continue the text: push only what allowed() gives.`);
    }
    this.live = [...live.values()];
    this.emitted = (this.emitted ?? "") + rest;
    const ended = this.live.filter((path) => this.nodes[path.node]!.ends.has(path.offset));
    this.atEnd = ended.length > 0 && this.emitted !== "";
    if (this.atEnd) [this.whole, this.wholePaths] = [fromBytes(this.emitted), ended];
  }

  private *advance(path: Path, rest: string): Generator<Path> {
    const node = this.nodes[path.node]!;
    if (node.text.startsWith(rest, path.offset)) {
      yield { ...path, offset: path.offset + rest.length };
      return;
    }
    const size = node.text.length - path.offset;
    if (rest.slice(0, size + 1) !== node.text.slice(path.offset) + SPACE) return;
    const closed: readonly SpanPiece[] = [...path.closed, [path.node, path.start, node.text.length]];
    for (const successor of node.successors) {
      const relevance = Math.max(path.relevance, this.nodes[successor]!.relevance);
      yield* this.advance({ node: successor, offset: 0, start: 0, closed, relevance }, rest.slice(size + 1));
    }
  }

  /** The answer so far, cut back to its last whole word when it did not end by itself. */
  finish(): Span {
    const bare = { pieces: [], alternatives: [], complete: this.finished };
    if (this.wholePaths.length === 0) return { ...bare, text: NOT_FOUND, kind: "not-found", complete: false };
    const kinds = this.wholePaths.map((path) => this.nodes[path.node]!.kind);
    const text = this.whole;
    if (kinds.includes("not-found")) return { ...bare, text, kind: "not-found" };
    const spans = this.wholePaths.filter((path) => this.nodes[path.node]!.kind === "span");
    if (spans.length === 0) return { ...bare, text, kind: kinds[0]! };
    const [pieces, ...alternatives] = [...spans].sort((a, b) => rank(b, a)).map((path) => this.pieces(path));
    return { text, pieces: pieces!, kind: "span", alternatives, complete: this.finished };
  }

  private pieces(path: Path): SpanPiece[] {
    return [...path.closed, [path.node, path.start, path.offset] as const].map(([node, start, end]) => {
      const { text } = this.nodes[node]!, { region, lead } = this.quotable[node]!;
      const length = (bytes: string) => codePoints(fromBytes(bytes)).length;
      const first = length(text.slice(0, start)) + lead;
      return [region, first, first + length(text.slice(start, end))];
    });
  }
}

/** Above 0 where the first is better: relevance, then fewer parts, then the earlier place. */
function rank(a: Path, b: Path): number {
  const first = ({ closed, node, start }: Path) => closed[0] ?? ([node, start, 0] as const);
  return (
    a.relevance - b.relevance ||
    b.closed.length - a.closed.length ||
    first(b)[0] - first(a)[0] ||
    first(b)[1] - first(a)[1]
  );
}

function nodesOf(quotable: readonly Quotable[], question: string): Node[] {
  const nodes = quotable.map(({ text, successors, relevance }): Node => {
    const offsets = [0];
    for (const character of text) offsets.push(offsets[offsets.length - 1]! + toBytes(character).length);
    return {
      text: toBytes(text),
      starts: wordStarts(text).map((start) => offsets[start]!),
      ends: new Set(wordEnds(text).map((end) => offsets[end]!)),
      successors,
      kind: "span",
      relevance,
    };
  });
  const fixed: [string, SpanKind][] = [["yes", "yes"], ["no", "no"], [NOT_FOUND, "not-found"]];
  if (COUNTING.test(question)) {
    for (let number = 0; number <= MAX_COUNT; number++) fixed.push([String(number), "count"]);
  }
  for (const [text, kind] of fixed) {
    nodes.push({ text, starts: [0], ends: new Set([text.length]), successors: [], kind, relevance: 0 });
  }
  return nodes;
}
