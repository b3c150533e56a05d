import { defineConfig } from "@playwright/test";

const PORT = Number(process.env["PINPOINT_PORT"] ?? 8017);
const PYTHON = process.env["PINPOINT_PYTHON"] ?? "../.venv/bin/python";
const BUNDLE = process.env["PINPOINT_BUNDLE"] ?? "../bundles/forms-onnx-int4";

/** Debian's Chromium; the camera shows a page, drawn by the first test. */
const CHROMIUM = {
  executablePath: process.env["PINPOINT_CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--use-file-for-fake-video-capture=build/camera.mjpeg",
  ],
};

export default defineConfig({
  testDir: "e2e",
  outputDir: "build/browser",
  workers: 1,
  timeout: 900_000,
  expect: { timeout: 300_000 },
  reporter: [["list"]],
  use: { baseURL: `http://localhost:${PORT}/`, launchOptions: CHROMIUM, screenshot: "only-on-failure", locale: "en-US" },
  webServer: {
    command: `${PYTHON} -m pinpoint_edge.commands.cli serve ${BUNDLE} --port ${PORT} --page page/dist`,
    url: `http://localhost:${PORT}/health`,
    timeout: 120_000,
    reuseExistingServer: false,
  },
});
