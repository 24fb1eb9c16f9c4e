/** The one form in which a checkpoint is refused: file, tensor, expected, found. */

import { CheckpointError } from "../errors.ts";

/** A value for a message: as JSON, so that control characters of a stranger's file do no harm, and not too long. */
export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string" && value.length > 80) return `${JSON.stringify(value.slice(0, 80))}...`;
  if (Array.isArray(value)) return `[${listed(value.map((item) => quote(item)), 8)}]`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}

/** The first `limit` texts with commas between them, and how many more there are. */
export function listed(texts: readonly string[], limit = 3): string {
  const rest = texts.length - limit;
  return texts.slice(0, limit).join(", ") + (rest > 0 ? `, and ${rest} more` : "");
}

/**
 * The error for something in a checkpoint that is not as it has to be.
 *
 * @param file its full name (see `Store.locate`)
 */
export function refusal(
  file: string,
  { tensor, expected, found, advice }: { tensor?: string; expected: string; found: string; advice?: string },
): CheckpointError {
  const where = tensor === undefined ? file : `${file}: tensor ${quote(tensor)}`;
  const harmless = found.replace(/\p{Cc}/gu, "\ufffd"); // JSON.parse quotes the file as it is, a terminal would obey
  return new CheckpointError(
    `${where}: expected ${expected}, found ${harmless}${advice === undefined ? "" : `; ${advice}`}`,
  );
}
