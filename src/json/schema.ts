/**
 * Checks of JSON from strangers: valibot finds the fault, this says it in the words of a checkpoint's
 * refusal.
 */

import { v } from "../dependencies.ts";
import { quote } from "./quote.ts";
import { refusal } from "./refusal.ts";

const SIZE = "a whole number from 1";

/** A count of rows, columns or layers. */
export const size = v.pipe(v.number(SIZE), v.safeInteger(SIZE), v.minValue(1, SIZE));

/**
 * The value with the type that `schema` promises.
 *
 * The message given to a schema is what stands after "to be": `v.number("a number")`.
 *
 * @throws {CheckpointError} at the first fault, with the field's path and what was found there
 */
export function checkSchema<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  where: { file: string; tensor?: string; advice?: string },
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = fieldOf(issue);
  const missing = issue.input === undefined;
  throw refusal(where.file, {
    tensor: where.tensor,
    advice: where.advice,
    expected: missing ? `the field ${field}` : `${field ?? "it"} to be ${issue.message}`,
    found: missing ? "none" : quote(issue.input),
  });
}

/** The path to the field of an issue, or undefined where it is the whole value. */
export function fieldOf({ path }: v.BaseIssue<unknown>): string | undefined {
  return path?.map(({ key }) => nameOf(key)).join(".");
}

/** A step of the path to a field; a stranger's file has keys of any length, with any characters. */
function nameOf(key: unknown): string {
  const name = String(key);
  return /^[\w-]{1,40}$/.test(name) ? name : quote(name);
}
