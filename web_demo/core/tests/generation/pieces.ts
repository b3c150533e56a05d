import type { Piece } from "../../src/generation/prompt.js";

/** [region, text, page], and perhaps [..., quotable, cell, table]. */
export function piece([region, text, page, quotable = true, cell = 0, table = -1]: any): Piece {
  return { region, text, page, quotable, cell, table };
}
