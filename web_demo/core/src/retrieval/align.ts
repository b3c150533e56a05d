/** The `align` stage on the host: the relevance of a page's regions to a question. */

import type { TensorSpec } from "../bundle/manifest.js";
import type { Session } from "../runtime/session.js";
import { FEATURES } from "../vision/glance.js";
import type { LookedPage } from "../vision/look.js";
import { instructionIds, matchFeatures, trigramIds } from "./trigrams.js";

export const READING_TRIGRAMS = 32;
export const INSTRUCTION_TRIGRAMS = 64;
export const ALIGN_SIZES = [64, 256];
const LARGEST = 256;

/**
 * Score every region of one page against the question: logits relative to the null region.
 *
 * inputs: specs of the stage, as weights of before the layout step take fewer columns. More regions
 * than the largest size are aligned in parts.
 */
export async function align(
  session: Session,
  inputs: readonly TensorSpec[],
  question: string,
  page: LookedPage,
): Promise<Float32Array> {
  const { readings, features } = page.glance;
  const relevance = new Float32Array(readings.length);
  if (readings.length === 0) return relevance;
  const match = matchFeatures(question, readings, page.layout);
  const { geometry, cells } = page.layout;
  const places = geometry.map((place, index) => Float32Array.of(...place, ...cells[index]!));
  const ids = readings.map((reading) => trigramIds(reading, READING_TRIGRAMS));
  const instruction = instructionIds(question, INSTRUCTION_TRIGRAMS);
  const order = page.layout.rows.flat();
  for (let start = 0; start < order.length; start += LARGEST) {
    const part = order.slice(start, start + LARGEST);
    const size = ALIGN_SIZES.find((each) => each >= part.length)!;
    const padded = <T extends Float32Array | Int32Array>(into: T, from: readonly T[], columns: number): T => {
      part.forEach((index, row) => into.set(from[index]!.subarray(0, columns), row * columns));
      return into;
    };
    const floats = (from: readonly Float32Array[], columns: number) =>
      padded(new Float32Array(size * columns), from, columns);
    const matchColumns = width(inputs, "match"), placeColumns = width(inputs, "geometry");
    const scores = (
      await session.run({
        features: { data: floats(features, FEATURES), dims: [size, 4, FEATURES / 4] },
        trigrams: {
          data: padded(new Int32Array(size * READING_TRIGRAMS), ids, READING_TRIGRAMS),
          dims: [size, READING_TRIGRAMS],
        },
        match: { data: floats(match, matchColumns), dims: [size, matchColumns] },
        geometry: { data: floats(places, placeColumns), dims: [size, placeColumns] },
        mask: { data: new Float32Array(size).fill(1, 0, part.length), dims: [size] },
        instruction: { data: instruction, dims: [INSTRUCTION_TRIGRAMS] },
      })
    )["relevance"]!;
    part.forEach((index, row) => (relevance[index] = scores[row]! - scores[size]!));
  }
  return relevance;
}

function width(inputs: readonly TensorSpec[], name: string): number {
  const shape = inputs.find((spec) => spec.name === name)!.shape;
  return Number(shape[shape.length - 1]);
}
