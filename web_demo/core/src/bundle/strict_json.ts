/** JSON in which no object has a key twice: two readers of it must not see two things. */

/** Parse UTF-8 JSON; raises SyntaxError or TypeError. */
export function parseStrict(bytes: Uint8Array): unknown {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  const twice = keyTwice(text);
  if (twice !== undefined) throw new SyntaxError(`key ${twice} occurs twice in one object`);
  return value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** A key that an object has twice, in text that is known to be JSON. */
function keyTwice(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // of objects their keys, of lists nothing
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key = JSON.parse(last) as string, keys = open[open.length - 1]!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
    last = token;
  }
  return undefined;
}
