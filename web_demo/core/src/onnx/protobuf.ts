/** The wire format of protocol buffers, as far as an ONNX graph needs it. */

/** One field of a message: a number, or bytes; `raw` is all of it with its tag. */
export interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
  readonly raw: Uint8Array;
}

const VARINT = 0, FIXED_64 = 1, BYTES = 2, FIXED_32 = 5;
const NOTHING = new Uint8Array();
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** The fields of a message in order; raises RangeError for what is none. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("a protocol buffer ends early");
      value += (byte & 127) * factor; // exact below 2^53; larger numbers are only copied
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const start = at, tag = varint(), wire = tag & 7;
    let value = 0, bytes: Uint8Array = NOTHING;
    if (wire === VARINT) value = varint();
    else if (wire === BYTES) {
      const length = varint();
      bytes = message.subarray(at, at + length);
      at += length;
    } else if (wire === FIXED_64 || wire === FIXED_32) at += wire === FIXED_64 ? 8 : 4;
    else throw new RangeError("a protocol buffer holds a field of no known kind");
    if (at > message.length) throw new RangeError("a protocol buffer ends early");
    yield { number: Math.floor(tag / 8), value, bytes, raw: message.subarray(start, at) };
  }
}

export function textOf(field: Field): string {
  return decoder.decode(field.bytes);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function integer(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(number * 8 + VARINT), ...varint(value)]);
}

/** A field of bytes, of a text, or of the fields of a message. */
export function field(number: number, content: Uint8Array | string | readonly Uint8Array[]): Uint8Array {
  const bytes =
    typeof content === "string" ? encoder.encode(content) : content instanceof Uint8Array ? content : join(content);
  return join([Uint8Array.from([...varint(number * 8 + BYTES), ...varint(bytes.length)]), bytes]);
}
