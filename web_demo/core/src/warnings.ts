/** What makes "not found" doubtful whatever the models say: a page that could hardly be read. */

import { codePoints, isAlphanumeric, isLetter } from "./text.js";

const MOST_BLIND = 0.5; // the most confidence of "not found" then
const FEW = 20; // letters and digits of a page
const LEGIBLE = 0.9; // mean character probability; sharp print has .97 and more
const LATIN = 0.5; // least share of a question's letters
const IS_LATIN = /^\p{Script=Latin}$/u;

/**
 * The confidence of "not found", no more than MOST_BLIND where no text was found, hardly any, or letters
 * that the recogniser doubts, or where the question is not in Latin script.
 *
 * readings: rough, of all regions; legible: the mean character probability of what was read.
 */
export function doubted(confidence: number, question: string, readings: readonly string[], legible: number): number {
  const written = readings.flatMap(codePoints).filter(isAlphanumeric).length;
  const isBlind = written < FEW || legible < LEGIBLE || !isLatin(question);
  return isBlind ? Math.min(confidence, MOST_BLIND) : confidence;
}

function isLatin(text: string): boolean {
  const letters = codePoints(text).filter(isLetter);
  return letters.filter((letter) => IS_LATIN.test(letter)).length >= LATIN * letters.length;
}
