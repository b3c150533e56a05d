/**
 * The prompt: evidence first, question last, so that everything before the question can be cached.
 *
 *     <|im_start|>Page:
 *     [v0] text of region [v1] text of the next region in the row
 *
 *     [v2] text of another cell
 *     [v3] cell of a table | [v4] its right neighbour
 *     Question: What is the total?
 *     Answer: 12.50<|im_end|>
 *
 * [v] is a region's visual slot. Each part is tokenized apart, so that the ids of a region never
 * depend on its neighbours.
 */

import { InstructionError } from "../errors.js";
import { codePoints, strip } from "../text.js";
import type { Tokenizer } from "./tokenizer.js";

const START = "<|im_start|>";
export const END = "<|im_end|>";
export const NOT_FOUND = "not found";
const MAX_QUESTION = 2000;
const LINE_BREAK = /[\r\n\v\f\x85\u2028\u2029]/g;

/** One region of the evidence. */
export interface Piece {
  readonly region: number;
  readonly text: string;
  readonly page: number;
  readonly cell: number;
  readonly table: number;
}

/**
 * The input of the language model.
 *
 * ids: `vocabulary + k` is the slot of visual token k; visualOrder: region of each visual token;
 * spans: [start, end) of each region in `ids`; questionStart: all before it depends on evidence only.
 */
export interface Prompt {
  readonly ids: Int32Array;
  readonly visualOrder: readonly number[];
  readonly spans: readonly (readonly [number, number])[];
  readonly prefixLength: number;
  readonly questionStart: number;
}

/** Replace each line break by one space, so that character offsets stay what they were. */
export function oneLine(text: string): string {
  return text.replace(LINE_BREAK, " ");
}

/** The question stripped and on one line; refused when empty or too long. */
export function checkQuestion(question: string): string {
  const text = strip(oneLine(question));
  if (!text) throw new InstructionError("The question is empty: ask for something that is on the page.");
  const length = codePoints(text).length;
  if (length > MAX_QUESTION) {
    throw new InstructionError(
      `The question has ${length} characters, at most ${MAX_QUESTION} are read: shorten it or ask several questions.`,
    );
  }
  return text;
}

/** Ids that begin every prompt. */
export function prefix(tokenizer: Tokenizer): number[] {
  return [tokenizer.controlId(START), ...tokenizer.encode("Page:\n")];
}

/** Ids of a region's transcription, without its visual slot; none when it is empty. */
export function regionIds(tokenizer: Tokenizer, text: string): readonly number[] {
  return text ? tokenizer.encode(" " + oneLine(text)) : [];
}

/** Ids from the end of the evidence to where the answer begins. */
export function questionIds(tokenizer: Tokenizer, question: string): readonly number[] {
  return tokenizer.encode(`\nQuestion: ${checkQuestion(question)}\nAnswer:`);
}

/** Ids of an answer up to and with the end token: what training predicts. */
export function answerIds(tokenizer: Tokenizer, answer: string): number[] {
  return [...tokenizer.encode(" " + oneLine(answer)), tokenizer.controlId(END)];
}

/** Upper bound of the tokens that a region adds: visual slot, text, and a line separator. */
export function regionCost(tokenizer: Tokenizer, text: string): number {
  return 2 + regionIds(tokenizer, text).length;
}

/** The prompt of a question over lines of regions in reading order. */
export function build(tokenizer: Tokenizer, question: string, lines: readonly (readonly Piece[])[]): Prompt {
  const tail = questionIds(tokenizer, question);
  const ids = prefix(tokenizer);
  const prefixLength = ids.length;
  const visualOrder: number[] = [];
  const spans: [number, number][] = [];
  let before: Piece | undefined;
  for (const line of lines) {
    const first = line[0];
    if (!first) continue;
    if (before) {
      ids.push(...tokenizer.encode(areTogether(before, first) ? "\n" : "\n\n"));
      if (first.page !== before.page) ids.push(...tokenizer.encode(`Page ${first.page + 1}:\n`));
    }
    line.forEach((piece, place) => {
      if (place > 0 && piece.cell !== line[place - 1]!.cell) ids.push(...tokenizer.encode(" |"));
      const start = ids.length;
      ids.push(tokenizer.vocabulary + visualOrder.length, ...regionIds(tokenizer, piece.text));
      visualOrder.push(piece.region);
      spans.push([start, ids.length]);
      before = piece;
    });
  }
  const questionStart = ids.length;
  return { ids: Int32Array.from([...ids, ...tail]), visualOrder, spans, prefixLength, questionStart };
}

/** Whether two rows are of one cell or table, or of two pages. */
function areTogether(above: Piece, below: Piece): boolean {
  const inTable = above.table >= 0 && above.table === below.table;
  return above.page !== below.page || above.cell === below.cell || inTable;
}
