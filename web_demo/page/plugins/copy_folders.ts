import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Put folders of packages into the build, under a name of their own. */
export function copyFolders(folders: Record<string, string>): Plugin {
  return {
    name: "copy-folders",
    apply: "build",
    generateBundle() {
      for (const [to, from] of Object.entries(folders)) {
        for (const name of readdirSync(from)) {
          this.emitFile({ type: "asset", fileName: `${to}/${name}`, source: readFileSync(join(from, name)) });
        }
      }
    },
  };
}
