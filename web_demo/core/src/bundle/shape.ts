/** The type of parsed JSON, checked field by field; what is not named is ignored and kept out. */

import { BundleError } from "../errors.js";

/** Returns the value, or throws with the path of the fault. */
export type Shape<T> = (value: unknown, path: string) => T;

export function broken(path: string, reason: string): BundleError {
  return new BundleError(
    `The manifest is broken at ${path}: ${reason}. Make or download the bundle again.`,
  );
}

export const text: Shape<string> = (value, path) => {
  if (typeof value !== "string") throw broken(path, "it is no string");
  return value;
};

export const number: Shape<number> = (value, path) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw broken(path, "it is no number");
  return value;
};

export const whole: Shape<number> = (value, path) => {
  if (!Number.isInteger(value)) throw broken(path, "it is no whole number");
  return value as number;
};

export const anything: Shape<unknown> = (value) => value;

export const dimension: Shape<number | string> = (value, path) =>
  typeof value === "string" ? value : whole(value, path);

export function oneOf<T extends string>(...choices: readonly T[]): Shape<T> {
  return (value, path) => {
    if (!choices.includes(value as T)) throw broken(path, `it is none of ${choices.join(", ")}`);
    return value as T;
  };
}

export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw broken(path, "it is no list");
    return value.map((each, n) => item(each, `${path}[${n}]`));
  };
}

export function pair<T>(item: Shape<T>): Shape<[T, T]> {
  return (value, path) => {
    const items = list(item)(value, path);
    if (items.length !== 2) throw broken(path, "it has not two items");
    return items as [T, T];
  };
}

export function dictionary<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(object(value, path)).map(([key, each]) => [key, item(each, `${path}.${key}`)]),
    );
}

/** A field with a default may be missing. */
export function optional<T>(shape: Shape<T>, missing: T): Shape<T> {
  return (value, path) => (value === undefined ? missing : shape(value, path));
}

export function record<T>(fields: { [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value, path) => {
    const given = object(value, path);
    const found: Partial<T> = {};
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      found[key] = fields[key](given[key], `${path}.${key}`);
    }
    return found as T;
  };
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(path, value === undefined ? "it is missing" : "it is no object");
  }
  return value as Record<string, unknown>;
}
