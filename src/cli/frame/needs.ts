import { UsageError } from "./command.ts";
import { optionName } from "./options.ts";

/**
 * Refuses an option that is given without what it is for.
 *
 * @param needed `other` names what it is for, `there` says whether that is given
 * @throws {UsageError} naming both
 */
export function needs<Asked extends object>(
  options: Asked,
  option: keyof Asked & string,
  { other, there }: { readonly other: string; readonly there: boolean },
): void {
  if (there || options[option] === undefined || options[option] === false) return;
  throw new UsageError(`Expected ${other} with ${optionName(option)}: nothing else uses it.`);
}
