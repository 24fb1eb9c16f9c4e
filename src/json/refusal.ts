/** The one form in which a checkpoint is refused: file, tensor, expected, found. */

import { CheckpointError } from "../errors.ts";
import { quote } from "./quote.ts";

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
  // JSON.parse quotes the file as it is, and a terminal would obey.
  const harmless = found.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return new CheckpointError(
    `${where}: expected ${expected}, found ${harmless}${advice === undefined ? "" : `; ${advice}`}`,
  );
}
