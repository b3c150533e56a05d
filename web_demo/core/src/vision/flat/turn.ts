/**
 * Which way is up: pages that lie sideways or upside down, and single lines that run upwards.
 *
 * The detector sees whether lines run across or down, but not in which direction they are read. A few
 * of them are transcribed in both; the recogniser is far surer of letters that are the right way up.
 */

import { codePoints, isDecimal, isLetter } from "../../text.js";
import type { Transcription } from "../ctc.js";
import { textAngle, textSize } from "../geometry.js";
import { LINE, SQUAT, region, type Region } from "../regions.js";

/** Transcribes regions of the page, each in the direction of its quad. */
export type ReadLines = (lines: readonly Region[]) => Promise<readonly Transcription[]>;

const LINES = 8; // that are transcribed in both directions
const LONGEST = 12; // heights: longer lines say no more and cost more
const SURER = 0.1; // in mean probability of a character
const MIXED = 0.12; // share of neighbours in words that are a letter and a digit; upside down it is .2
const UPWARDS = 16; // most single lines that are looked at

/** How many quarter turns, counter-clockwise, bring a page upright that lies sideways; else 0. */
export async function quartersOf(found: readonly Region[], read: ReadLines): Promise<0 | 1 | 3> {
  const lines = found.filter((line) => elongation(line) > SQUAT);
  const down = lines.filter(runsDown);
  const total = (some: readonly Region[]) => some.reduce((sum, line) => sum + length(line), 0);
  if (total(down) * 2 <= total(lines)) return 0;
  const gain = await gainOfTurning(down, read);
  return gain >= SURER ? 3 : gain <= -SURER ? 1 : 0;
}

/** Whether a page is upside down; `readings` are the rough texts of its regions. */
export async function isUpsideDown(
  found: readonly Region[],
  readings: readonly string[],
  read: ReadLines,
): Promise<boolean> {
  if (mixed(readings) < MIXED) return false;
  return (await gainOfTurning(found.filter((line) => elongation(line) > SQUAT), read)) >= SURER;
}

/** The regions of a page; long lines that run up or down are turned the way they are read better. */
export async function withUpwardLines(found: readonly Region[], read: ReadLines): Promise<readonly Region[]> {
  const down = found
    .filter((line) => runsDown(line) && elongation(line) > LINE)
    .sort((a, b) => length(b) - length(a))
    .slice(0, UPWARDS);
  if (down.length === 0) return found;
  const other = down.map(turned);
  const asFound = await read(down), asTurned = await read(other);
  const better = new Map<Region, Region>();
  down.forEach((line, n) => {
    if (certainty([asTurned[n]!]) >= certainty([asFound[n]!]) + SURER) better.set(line, other[n]!);
  });
  return found.map((line) => better.get(line) ?? line);
}

/** How much surer lines are read when they are turned by half: the LINES longest of them. */
async function gainOfTurning(lines: readonly Region[], read: ReadLines): Promise<number> {
  const short = lines.filter((line) => elongation(line) <= LONGEST);
  const chosen = [...(short.length ? short : lines)].sort((a, b) => elongation(b) - elongation(a)).slice(0, LINES);
  if (chosen.length === 0) return 0;
  return certainty(await read(chosen.map(turned))) - certainty(await read(chosen));
}

/** The mean probability of the characters; 0 without any. */
function certainty(texts: readonly Transcription[]): number {
  const likely = texts.flatMap((text) => text.probabilities);
  return likely.length ? likely.reduce((a, b) => a + b, 0) / likely.length : 0;
}

/** Of the neighbours in words, letters and digits, the share that are one of each. */
function mixed(texts: readonly string[]): number {
  let count = 0, unlike = 0;
  for (const text of texts) {
    const points = codePoints(text);
    for (let n = 1; n < points.length; n++) {
      const one = points[n - 1]!, two = points[n]!;
      if (!(isLetter(one) || isDecimal(one)) || !(isLetter(two) || isDecimal(two))) continue;
      count++;
      if (isDecimal(one) !== isDecimal(two)) unlike++;
    }
  }
  return count ? unlike / count : 0;
}

/** The region with its text read the other way. */
function turned({ quad, score }: Region): Region {
  return region([quad[2], quad[3], quad[0], quad[1]], score);
}

function runsDown({ quad }: Region): boolean {
  const angle = Math.abs(textAngle(quad));
  return angle > 45 && angle < 135;
}

function length({ quad }: Region): number {
  return textSize(quad)[0];
}

function elongation({ quad }: Region): number {
  const [width, height] = textSize(quad);
  return width / Math.max(height, 1e-9);
}
