import type { FileEntry } from "../../src/bundle/manifest.js";

/** A manifest whose stages are all the file "a.onnx". */
export function manifest(files: Record<string, FileEntry>) {
  const stage = { file: "a.onnx", data: [], inputs: [], outputs: [] };
  return {
    schema: "1.4",
    name: "test",
    model: "none",
    target: "onnx",
    requires: ["onnxruntime"],
    stages: { detect: stage, glance: stage, align: stage, refine: stage, decode: stage },
    preprocessing: { version: 1, ops: [] },
    host: {
      canvases: [[960, 736], [736, 960], [960, 960], [960, 480]],
      glance_height: 16,
      glance_widths: [64, 128, 256, 512, 1024],
      refine_height: 48,
      refine_widths: [192, 512, 1280, 2560],
      batch: 8,
      align_sizes: [64, 256],
      instruction_trigrams: 64,
      reading_trigrams: 32,
      detection: { threshold: 0.3, box_score: 0.5, unclip: 1.6 },
    },
    tokenizer: "tokenizer.json",
    characters: { glance: "characters.json", refine: "characters.json" },
    vocabulary: 10,
    d_llm: 4,
    token_budget: { default: 8, maximum: 16 },
    coverage: 0.8,
    kv: { form: "shared-buffer", layers: 1, heads: 1, head_dim: 4, capacity: 16 },
    licences: [],
    files,
  };
}
