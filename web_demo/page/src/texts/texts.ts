/** The language of the page: the address's `?lang=`, else the browser's, else English. */

import { de } from "./de.js";
import { en, type Texts } from "./en.js";
import { es } from "./es.js";
import { fr } from "./fr.js";

export const LANGUAGES: Readonly<Record<string, Texts>> = { en, de, es, fr };

export function chooseLanguage(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return known ?? "en";
}

const fromAddress = typeof location === "undefined" ? null : new URLSearchParams(location.search).get("lang");
const fromBrowser = typeof navigator === "undefined" ? [] : navigator.languages;

export const language = chooseLanguage(fromAddress ? [fromAddress] : fromBrowser);
export const texts: Texts = LANGUAGES[language]!;

/** A text with its {places} filled in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** The text of a key that is put together, such as "field" and "total". */
export function textOf(group: "field" | "step" | "template", name: string): string {
  return texts[`${group}${name[0]!.toUpperCase()}${name.slice(1)}` as keyof Texts] ?? name;
}
