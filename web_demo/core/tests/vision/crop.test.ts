import { expect, test } from "vitest";

import { batchCrops, cropQuad, cropWidth } from "../../src/vision/crop.js";
import { toGrey } from "../../src/vision/resize.js";
import { bytes, cases, image, quad, same } from "../golden.js";

const GOLDEN = cases("crop");
const PAGE = image("crop", { file: "page.bin", shape: GOLDEN.page });

test.each(GOLDEN.crops as any[])("crop $file", (golden) => {
  const [height, width] = golden.shape;
  expect(cropWidth(quad(golden.quad), height)).toBe(golden.crop_width);
  const crop = cropQuad(PAGE, quad(golden.quad), height, width);
  expect([crop.width, crop.height]).toEqual([width, height]);
  expect(same(crop.data, image("crop", golden).data)).toBe(true);
});

test.each(GOLDEN.batch_crops as any[])("batches of height $height", ({ height, widths, grey, batches }) => {
  const quads = GOLDEN.crops.map((item: any) => quad(item.quad));
  const made = [...batchCrops(grey ? toGrey(PAGE) : PAGE, quads, height, widths)];
  expect(made.map((batch) => batch.indices)).toEqual(batches.map((batch: any) => batch.indices));
  made.forEach((batch, number) => {
    expect(batch.dims).toEqual(batches[number].shape);
    expect([...batch.used]).toEqual(batches[number].used);
    expect(same(batch.data, bytes(`crop/${batches[number].file}`))).toBe(true);
  });
});
