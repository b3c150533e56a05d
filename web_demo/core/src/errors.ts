/**
 * Every error that PinPoint raises on purpose; `code` is stable and the same in every language.
 *
 * Each message says what is wrong, where, and what to do. A cancelled call rejects with the reason
 * of its AbortSignal instead.
 */

export type ErrorCode =
  | "error"
  | "option"
  | "page"
  | "instruction"
  | "bundle"
  | "integrity"
  | "backend"
  | "inference"
  | "capacity";

/** Base of all errors raised on purpose. */
export class PinPointError extends Error {
  readonly code: ErrorCode = "error";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option or argument makes no sense. */
export class OptionError extends PinPointError {
  override readonly code: ErrorCode = "option";
}

/** A page cannot be opened. */
export class PageError extends PinPointError {
  override readonly code: ErrorCode = "page";
}

/** The question is empty or too long. */
export class InstructionError extends PinPointError {
  override readonly code: ErrorCode = "instruction";
}

/** A folder or file is no bundle, or not one that this version reads. */
export class BundleError extends PinPointError {
  override readonly code: ErrorCode = "bundle";
}

/** A file of the bundle does not match the digest or size in its manifest. */
export class IntegrityError extends BundleError {
  override readonly code: ErrorCode = "integrity";
}

/** A runtime that the bundle needs is not here. */
export class BackendError extends PinPointError {
  override readonly code: ErrorCode = "backend";
}

/** A stage failed while it ran. */
export class InferenceError extends PinPointError {
  override readonly code: ErrorCode = "inference";
}

/** The language model's cache has no room for the evidence and the question. */
export class CapacityError extends InferenceError {
  override readonly code: ErrorCode = "capacity";
}
