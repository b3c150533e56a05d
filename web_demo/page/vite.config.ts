import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

import { copyFolders } from "./plugins/copy_folders.js";
import { serviceWorker } from "./plugins/service_worker.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
// npm lays it beside this package or above it.
const pdfjs = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));

/** What lets the runtime use threads, and what no page of another origin may do with this one. */
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./", // the page may lie in any folder of a server
  resolve: {
    alias: { "pinpoint-edge": here("../core/src/index.ts") },
    conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "import", "default"],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: { target: "es2022", sourcemap: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 2000 },
  plugins: [
    // Fonts, character maps and decoders that some PDF files need.
    copyFolders(
      {
        "pdfjs/cmaps": `${pdfjs}/cmaps`,
        "pdfjs/standard_fonts": `${pdfjs}/standard_fonts`,
        "pdfjs/wasm": `${pdfjs}/wasm`,
      },
      /nowasm|quickjs/, // for browsers without WebAssembly, and scripts in forms
    ),
    serviceWorker(here("src/service_worker.js")),
  ],
  server: { headers: HEADERS },
  preview: { headers: HEADERS },
});
