/**
 * Text as the specification counts it: code points, Unicode classes, bytes.
 *
 * JavaScript's own `\s`, `trim` and `toLowerCase` differ in a few characters; these do not. Bytes are
 * strings of characters 0 to 255, which can be keys of a Map.
 */

const SPACE = "[\\u0009-\\u000d\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const IS_SPACE = new RegExp(`^${SPACE}$`, "u");
const LEADING = new RegExp(`^${SPACE}+`, "u");
const TRAILING = new RegExp(`${SPACE}+$`, "u");
const SPACES = new RegExp(`${SPACE}+`, "u");
const ALPHANUMERIC = /^[\p{L}\p{N}]$/u;
/** Decimal digits, and the digits that are raised, lowered, circled or in brackets. */
const DIGIT =
  /[\p{Nd}²³¹፩-፱᧚⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}]/u;
const CHEROKEE = /[\u13a0-\u13fd\uab70-\uabbf]/;
const NON_WORD = /[^\p{L}\p{N}_]+/gu;

const encoder = new TextEncoder();

export function codePoints(text: string): string[] {
  return Array.from(text);
}

export function isLetter(character: string): boolean {
  return /^\p{L}$/u.test(character);
}

/** Whether a character is one of ten decimal digits of a script. */
export function isDecimal(character: string): boolean {
  return /^\p{Nd}$/u.test(character);
}

export function isSpace(character: string): boolean {
  return IS_SPACE.test(character);
}

export function isAlphanumeric(character: string): boolean {
  return ALPHANUMERIC.test(character);
}

export function isDigit(character: string): boolean {
  return DIGIT.test(character);
}

export function stripLeft(text: string): string {
  return text.replace(LEADING, "");
}

export function strip(text: string): string {
  return stripLeft(text).replace(TRAILING, "");
}

/** The parts between runs of white space; none for a text of white space. */
export function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

/** The text without anything but letters, digits and underscores. */
export function wordCharacters(text: string): string {
  return text.replace(NON_WORD, "");
}

/** Unicode's full case folding, which differs from lower case: "ß" becomes "ss". */
export function casefold(text: string): string {
  let folded = "";
  for (const character of text) {
    if (character === "ı") folded += character;
    else if (character === "ẞ") folded += "ss";
    else if (CHEROKEE.test(character)) folded += character.toUpperCase();
    else for (const upper of character.toUpperCase()) folded += upper.toLowerCase();
  }
  return folded;
}

/** The UTF-8 bytes of a text. */
export function toBytes(text: string): string {
  let bytes = "";
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** The text of UTF-8 bytes; broken ones become U+FFFD. */
export function fromBytes(bytes: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    Uint8Array.from(bytes, (character) => character.charCodeAt(0)),
  );
}
