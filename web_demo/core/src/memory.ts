/** Memory given back at once, instead of when the runtime of JavaScript collects it. */

type Movable = ArrayBuffer & { transfer?(length: number): ArrayBuffer };

/**
 * Free an array that nothing uses any more, with its whole buffer. Megabytes that come again and again
 * would pile up, or let garbage be collected with every token. Where the runtime cannot (before Node 22,
 * Chromium 114, Firefox 122 and Safari 17.4), nothing happens.
 */
export function free({ buffer }: Float32Array | Uint8Array | Uint8ClampedArray): void {
  if (buffer instanceof ArrayBuffer) (buffer as Movable).transfer?.(0);
}
