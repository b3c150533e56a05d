import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "pinpoint-edge": fileURLToPath(new URL("core/src/index.ts", import.meta.url)) } },
  test: {
    include: ["core/tests/**/*.test.ts", "page/tests/**/*.test.ts"],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
