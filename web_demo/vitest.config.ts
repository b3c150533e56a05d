import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["core/tests/**/*.test.ts", "page/tests/**/*.test.ts"], maxWorkers: 1, testTimeout: 120_000 },
});
