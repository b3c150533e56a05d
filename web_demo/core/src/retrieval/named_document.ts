/** Which of several documents on one page a question names: "the total of the Willow receipt". */

import { codePoints, words } from "../text.js";
import { content, distinctTrigrams } from "./trigrams.js";

const SHORTEST = 4; // characters of a word that names
const NAMED = 0.6, NOT_NAMED = 0.3; // shares of its trigrams, in a region of one document and of no other

/**
 * The document that words of a question name, undefined where none or several are named.
 *
 * readings: the rough texts of a page's regions; documents: of each.
 */
export function namedDocument(
  question: string,
  readings: readonly string[],
  documents: readonly number[],
): number | undefined {
  const count = new Set(documents).size;
  if (count < 2) return undefined;
  const texts = readings.map((reading) => distinctTrigrams(reading));
  const named = new Set<number>();
  for (const word of words(content(question))) {
    if (codePoints(word).length < SHORTEST) continue;
    const wanted = [...distinctTrigrams(word)];
    const best = new Array<number>(count).fill(0);
    texts.forEach((text, index) => {
      const share = wanted.filter((trigram) => text.has(trigram)).length / wanted.length;
      best[documents[index]!] = Math.max(best[documents[index]!]!, share);
    });
    const most = best.indexOf(Math.max(...best));
    const others = best.filter((_, number) => number !== most);
    if (best[most]! >= NAMED && Math.max(...others) <= NOT_NAMED) named.add(most);
  }
  return named.size === 1 ? [...named][0] : undefined;
}
