/**
 * Connectionist temporal classification (CTC), greedy.
 *
 * Graves et al., ICML 2006: repeats collapse, blanks drop.
 */

import { BundleError, OptionError } from "../errors.js";
import { codePoints } from "../text.js";

const BLANK = 0;

/**
 * The text read in a crop.
 *
 * characters: its code points; probabilities: one a character, 0 to 1; spans: one a character,
 * (start, end) as fractions of the crop's used width.
 */
export interface Transcription {
  readonly text: string;
  readonly characters: readonly string[];
  readonly probabilities: readonly number[];
  readonly spans: readonly (readonly [number, number])[];
}

/**
 * Read the best class of each step into a transcription.
 *
 * probabilities: of the same length, or undefined for 1 everywhere; used: fraction of the steps that
 * the crop covers, in (0, 1].
 */
export function decode(
  classes: ArrayLike<number>,
  probabilities: ArrayLike<number> | undefined,
  alphabet: readonly string[],
  used = 1,
): Transcription {
  if (!(used > 0 && used <= 1)) {
    throw new OptionError(`\`used\` is ${used}; pass the fraction that the crop covers, in (0, 1].`);
  }
  const length = classes.length * used; // of the crop, in steps
  const runs = runsOf(classes, Math.ceil(length));
  const edges = edgesOf(runs, length);
  const characters: string[] = [], likely: number[] = [], spans: [number, number][] = [];
  runs.forEach(([first, stop], number) => {
    const symbol = alphabet[classes[first]!];
    if (symbol === undefined) {
      throw new BundleError(
        `The recogniser gave class ${classes[first]}, but the character list has ` +
          `${alphabet.length} entries; use the list that was exported with this stage.`,
      );
    }
    let best = probabilities ? -Infinity : 1;
    if (probabilities) {
      for (let step = first; step < stop; step++) best = Math.max(best, probabilities[step]!);
    }
    const points = codePoints(symbol);
    const [start, end] = [edges[number]!, edges[number + 1]!];
    const step = (end - start) / Math.max(points.length, 1);
    points.forEach((point, n) => {
      characters.push(point);
      likely.push(best);
      // The last one ends where the next symbol begins, to the last digit.
      spans.push([start + step * n, n === points.length - 1 ? end : start + step * (n + 1)]);
    });
  });
  return { text: characters.join(""), characters, probabilities: likely, spans };
}

/** Steps [first, stop) of each run of one class that is not blank. */
function runsOf(classes: ArrayLike<number>, count: number): [number, number][] {
  const runs: [number, number][] = [];
  for (let first = 0; first < count; ) {
    let stop = first + 1;
    while (stop < count && classes[stop] === classes[first]) stop++;
    if (classes[first] !== BLANK) runs.push([first, stop]);
    first = stop;
  }
  return runs;
}

/** Where the span of each run begins, and the last one ends, as fractions of `length` steps. */
function edgesOf(runs: readonly [number, number][], length: number): number[] {
  if (runs.length < 2) return [0, 1];
  const borders = runs.slice(1).map((right, n) => (runs[n]![1] + right[0]) / 2);
  const first = runs[0]!, last = runs[runs.length - 1]!;
  // The mirror image of the inner border in the middle of the run.
  const outerLeft = Math.max(0, first[0] + first[1] - borders[0]!);
  const outerRight = Math.min(length, last[0] + last[1] - borders[borders.length - 1]!);
  return [outerLeft, ...borders, outerRight].map((edge) => Math.min(edge / length, 1));
}
