import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Put folders of packages into the build, under a name of their own, without files that match. */
export function copyFolders(folders: Record<string, string>, without: RegExp): Plugin {
  return {
    name: "copy-folders",
    apply: "build",
    generateBundle() {
      for (const [to, from] of Object.entries(folders)) {
        for (const name of readdirSync(from)) {
          if (without.test(name)) continue;
          this.emitFile({ type: "asset", fileName: `${to}/${name}`, source: readFileSync(join(from, name)) });
        }
      }
    },
  };
}
