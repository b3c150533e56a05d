import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** Write `sw.js` with the names of all files of the build and a version made of their content. */
export function serviceWorker(source: string): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      // Character maps of Asian PDF files are many, and fetched when a file needs one.
      const files = Object.values(bundle).filter(({ fileName }) => !/\.map$|cmaps/.test(fileName));
      const digest = createHash("sha256");
      for (const file of files) digest.update(file.fileName).update(file.type === "asset" ? file.source : file.code);
      const names = ["./", ...files.map((file) => file.fileName)].sort();
      const code = readFileSync(source, "utf8")
        .replace("__VERSION__", JSON.stringify(digest.digest("hex").slice(0, 16)))
        .replace("__FILES__", JSON.stringify(names));
      this.emitFile({ type: "asset", fileName: "sw.js", source: code });
    },
  };
}
