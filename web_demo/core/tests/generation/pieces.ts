import type { Piece } from "../../src/generation/prompt.js";

/** [region, text, page], and perhaps [..., cell, table]. */
export function piece([region, text, page, ...more]: any): Piece {
  const [cell = 0, table = -1] = more.filter((item: unknown) => typeof item === "number");
  return { region, text, page, cell, table };
}
