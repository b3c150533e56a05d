/** Results as JSON and CSV, to copy or to save. */

import { toJson, type Answer } from "pinpoint-edge";

export interface Row {
  readonly field: string;
  readonly question: string;
  readonly answer: Answer;
}

export function asJson(rows: readonly Row[]): string {
  const plain = rows.map(({ field, question, answer }) => ({ field, question, ...toJson(answer) }));
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/** Comma-separated values (RFC 4180). A text that a spreadsheet would compute is kept a text. */
export function asCsv(rows: readonly Row[]): string {
  const lines = rows.map(({ field, question, answer }) => [
    field,
    question,
    answer.text ?? "",
    answer.confidence.toFixed(3),
    answer.page === null ? "" : String(answer.page + 1),
  ]);
  const header = ["field", "question", "answer", "confidence", "page"];
  return [header, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Tab-separated text, which a spreadsheet takes from the clipboard. */
export function asTable(rows: readonly Row[]): string {
  return rows.map(({ field, answer }) => `${flat(field)}\t${flat(answer.text ?? "")}`).join("\n");
}

export function download(name: string, type: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.,]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}
