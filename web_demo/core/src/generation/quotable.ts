/**
 * The text that an answer may quote: where its words begin and end, and which regions follow on.
 *
 * A span may run over from the end of a region, joined by one space, into the next region of its row
 * or cell or into the nearest one below it in its cell. Offsets count code points.
 */

import { codePoints, isAlphanumeric, isDigit, isSpace, strip, stripLeft } from "../text.js";
import type { Place } from "../vision/layout/order.js";
import { oneLine, type Piece } from "./prompt.js";

const MIN_OVERLAP = 0.3; // of the narrower region, to count as below

const OPENING = "([{<“‘«「『【（:：#$£€¥=~|";
const CLOSING = ")]}>”’»」』】）";
const TRAILING = ".,;:!?\"'。、，；：！？" + CLOSING; // an end only where a space or the end follows
const QUOTES = "\"'";
const UNSPACED = /[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/;
const DATE = "\\p{Nd}{1,4}(?:[/.]\\p{Nd}{1,4}){1,2}";
// "5/22/20-5/28/20" and "5/22/20 -5/28/20" hold two dates, "RM60.30" a currency and an amount.
const RANGE = new RegExp(`(?<![\\p{L}\\p{N}_/.])(${DATE}) ?[-–—~] ?(?=${DATE})`, "gu");
const CURRENCY = /(?<![A-Za-z])[A-Z]{2,3}(?=\p{Nd}[\p{Nd},]*\.\p{Nd}\p{Nd}(?![\p{Nd}.]))/gu;

/** Code points before an offset of a JavaScript string. */
function pointsBefore(text: string, offset: number): number {
  return codePoints(text.slice(0, offset)).length;
}

/** Offsets where an answer may begin. */
export function wordStarts(text: string): number[] {
  const inside = new Set<number>();
  for (const rule of [RANGE, CURRENCY]) {
    for (const match of text.matchAll(rule)) inside.add(pointsBefore(text, match.index + match[0].length));
  }
  const characters = codePoints(text);
  return characters.flatMap((character, place) => {
    const before = place ? characters[place - 1]! : " ";
    const earlier = characters[place - 2];
    const quote = QUOTES.includes(before) && (place === 1 || (earlier !== undefined && !isAlphanumeric(earlier)));
    const time = before === ":" && earlier !== undefined && isDigit(earlier) && isDigit(character);
    const opened = (OPENING.includes(before) && !time) || quote;
    const unspaced = UNSPACED.test(character) || UNSPACED.test(before);
    const begins = isSpace(before) || opened || unspaced || inside.has(place);
    return !isSpace(character) && begins ? [place] : [];
  });
}

/** Offsets where an answer may end. */
export function wordEnds(text: string): number[] {
  const dates = new Set<number>();
  for (const match of text.matchAll(RANGE)) dates.add(pointsBefore(text, match.index + match[1]!.length));
  const characters = codePoints(text);
  const ends: number[] = [];
  let closes = true; // whether what follows is punctuation up to a space or the end
  for (let place = characters.length; place > 0; place--) {
    const after = characters[place] ?? " ";
    const before = characters[place - 1]!;
    closes = isSpace(after) || (closes && TRAILING.includes(after));
    const unspaced = UNSPACED.test(before) || UNSPACED.test(after);
    if (!isSpace(before) && (closes || CLOSING.includes(after) || unspaced || dates.has(place))) ends.push(place);
  }
  return ends.reverse();
}

/**
 * The regions that may be quoted, in prompt order.
 *
 * text: stripped; lead: characters that stripping took from the left; successors: positions (not
 * region indices) that a span may run on to.
 */
export interface Quotable {
  readonly region: number;
  readonly text: string;
  readonly lead: number;
  readonly successors: readonly number[];
  readonly relevance: number;
}

/** Collect the quotable regions of the prompt; `geometry` and `relevance` are those of all regions. */
export function quotableText(
  lines: readonly (readonly Piece[])[],
  geometry: readonly Place[],
  relevance: ArrayLike<number>,
): Quotable[] {
  const pieces = lines.flatMap((line, number) =>
    line.filter((piece) => strip(piece.text)).map((piece) => ({ piece, line: number })),
  );
  const below = regionsBelow(pieces, geometry);
  return pieces.map(({ piece, line }, place) => {
    const text = oneLine(piece.text);
    const following: number[] = [];
    const next = pieces[place + 1];
    if (next?.piece.page === piece.page && (next.piece.cell === piece.cell || next.line === line)) {
      following.push(place + 1);
    }
    const under = below[place];
    if (under !== undefined && !following.includes(under)) following.push(under);
    return {
      region: piece.region,
      text: strip(text),
      lead: codePoints(text).length - codePoints(stripLeft(text)).length,
      successors: following,
      relevance: relevance[piece.region]!,
    };
  });
}

interface Placed {
  readonly piece: Piece;
  readonly line: number;
}

/** Position of the nearest region below each one, in a later line of its cell. */
function regionsBelow(pieces: readonly Placed[], geometry: readonly Place[]): (number | undefined)[] {
  return pieces.map(({ piece, line }) => {
    const [x, y, width, height] = geometry[piece.region]!;
    let nearest = Infinity, best: number | undefined;
    pieces.forEach(({ piece: other, line: otherLine }, position) => {
      const [x2, y2, width2, height2] = geometry[other.region]!;
      const overlap = Math.min(x + width / 2, x2 + width2 / 2) - Math.max(x - width / 2, x2 - width2 / 2);
      const fits = overlap >= MIN_OVERLAP * Math.max(Math.min(width, width2), 1e-9);
      const later = otherLine > line && y2 > y;
      const together = other.page === piece.page && other.cell === piece.cell;
      const gap = y2 - height2 / 2 - (y + height / 2);
      if (fits && later && together && gap < nearest) [nearest, best] = [gap, position];
    });
    return best;
  });
}
