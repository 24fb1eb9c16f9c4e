import type { Options } from "./options.ts";

/** What a command is called, what it takes and how it is used. */
export interface CommandDefinition<O extends Options> {
  /** The name of its task in deno.json. */
  readonly name: string;
  /** One or more sentences for the help. */
  readonly summary: string;
  readonly options: O;
  /** Arguments behind `deno task NAME`, and what they do. */
  readonly examples: readonly { readonly args: string; readonly does: string }[];
}

/** Declares a command; exists so that the compiler keeps the types of its options. */
export function defineCommand<const O extends Options>(
  definition: CommandDefinition<O>,
): CommandDefinition<O> {
  return definition;
}
