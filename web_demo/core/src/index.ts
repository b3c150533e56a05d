/** Ask a photographed form a question on the device itself: see README.md. */

export { Archive } from "./bundle/archive.js";
export { Bundle, type BundleFiles, type OpenOptions, type ReadOptions } from "./bundle/bundle.js";
export { FetchedFolder } from "./bundle/folder.js";
export type { Manifest } from "./bundle/manifest.js";
export type { OpenFile } from "./bundle/pieces.js";
export type { AskOptions, Document } from "./document.js";
export * from "./errors.js";
export type { Signals } from "./generation/confidence.js";
export { free } from "./memory.js";
export { PinPoint, type LoadOptions } from "./reader.js";
export { toJson, type Answer, type EvidenceRegion, type Source, type TokenCount } from "./result.js";
export type { OnnxRuntime } from "./runtime/session.js";
export type { CallOptions, Step, Timings } from "./runtime/watch.js";
export type { Box, Point, Quad } from "./vision/geometry.js";
export type { PageImage } from "./vision/page.js";
export type { Region } from "./vision/regions.js";
