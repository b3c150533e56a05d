/** Names of a bundle's files: relative, portable, and unable to leave the bundle's folder. */

import { BundleError } from "../errors.js";

const MAX_PATH = 200;
const PART = /^[A-Za-z0-9_+\-.]{1,100}$/;
const DEVICE = /^(con|prn|aux|nul|(com|lpt)[0-9])$/i;

/** Why a name is no safe file name of a bundle; undefined when it is one. */
function problem(name: string): string | undefined {
  if (!name) return "is empty";
  if (name.length > MAX_PATH) return `is longer than ${MAX_PATH} characters`;
  for (const part of name.split("/")) {
    if (part === "." || part === ".." || part === "") return "leaves the bundle, or is a folder";
    if (!PART.test(part)) return "holds a character other than ASCII letters, digits and _ + - .";
    if (part.endsWith(".")) return "has a part that ends in a dot";
    if (DEVICE.test(part.split(".")[0]!)) return "has a part that is a device name";
  }
  return undefined;
}

/** Refuse unsafe names, duplicates (whatever their case) and a file that is also a folder. */
export function checkNames(names: Iterable<string>, where: string): void {
  const refuse = (name: string, reason: string) =>
    new BundleError(
      `${where}: the file name '${name.slice(0, 80)}' ${reason}. Do not use this bundle; get it ` +
        "again from a source that you trust.",
    );
  const seen = new Set<string>();
  for (const name of names) {
    const reason = problem(name);
    if (reason) throw refuse(name, reason);
    if (seen.has(name.toLowerCase())) throw refuse(name, "occurs twice");
    seen.add(name.toLowerCase());
  }
  for (const name of seen) {
    for (let end = name.indexOf("/"); end > 0; end = name.indexOf("/", end + 1)) {
      if (seen.has(name.slice(0, end))) throw refuse(name, "lies inside a name that is itself a file");
    }
  }
}
