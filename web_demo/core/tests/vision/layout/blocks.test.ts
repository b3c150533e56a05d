import { readFileSync } from "node:fs";
import { PNG } from "pngjs";
import { expect, test } from "vitest";

import type { Block } from "../../../src/vision/layout/block.js";
import { arrange, uprightBoxes } from "../../../src/vision/layout/blocks.js";
import { slopeOf } from "../../../src/vision/layout/integers.js";
import { findRules } from "../../../src/vision/layout/ruled_lines.js";
import type { Pixels } from "../../../src/vision/resize.js";
import { cases, path } from "../../golden.js";

const GOLDEN = cases("layout");

function grey(name: string): Pixels {
  const { data, width, height } = PNG.sync.read(readFileSync(path(`layout/${name}.png`)));
  const pixels = new Uint8Array(width * height);
  for (let at = 0; at < pixels.length; at++) pixels[at] = data[at * 4]!;
  return { data: pixels, width, height, channels: 1 };
}

function tree({ kind, box, children, rows }: Block): unknown {
  return children.length ? { kind, box, children: children.map(tree) } : { kind, box, rows };
}

test.each(Object.keys(GOLDEN))("blocks of %s", (name) => {
  const golden = GOLDEN[name];
  const slope = slopeOf(golden.skew);
  const boxes = uprightBoxes(golden.quads, slope);
  const rules = findRules(grey(name), boxes, slope);
  const blocks = arrange(boxes, rules);
  expect(slope).toBe(golden.slope);
  expect(boxes).toEqual(golden.boxes);
  expect(rules.level).toEqual(golden.level);
  expect(rules.upright).toEqual(golden.upright);
  expect(tree(blocks.root)).toEqual(golden.tree);
  expect(blocks.rows).toEqual(golden.rows);
  expect(blocks.cell).toEqual(golden.cell);
  expect(blocks.table).toEqual(golden.table);
});
