/** The kinds of options that commands have, each with its check. */

import { InvalidArgumentError } from "commander";
import type { NamedSetting } from "../../message.ts";
import type { Terminal } from "./terminal.ts";

/** An option or operand whose value has the type `T`. */
export interface OptionSpec<T> {
  readonly kind: "flag" | "value" | "list" | "operand";
  /** What stands for the value in the help: `FILE`, `N`. */
  readonly placeholder: string;
  readonly description: string;
  /** Whether the command refuses to run without it. */
  readonly required: boolean;
  /** The value without the option; undefined shows nothing in the help. */
  readonly default: T | undefined;
  /**
   * From the text on the command line, and what a list has so far; throws `InvalidArgumentError` with what
   * was expected.
   */
  parse(text: string, before?: T): T;
  /** What stands for a value on this machine; throws where nothing does. */
  resolve?(value: T, terminal: Terminal): Promise<T>;
}

/** The options of a command by name in camel case: `batchTokens` is `--batch-tokens` on the command line. */
// deno-lint-ignore no-explicit-any
export type Options = Readonly<Record<string, OptionSpec<any>>>;

/** What the options of a command say, by the same names. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends OptionSpec<infer T> ? T : never;
};

/** An option as it is typed: `batchTokens` is `--batch-tokens`. */
export function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A setting in a message as a person types it, where it is an option of the command. */
export function typedName({ setting, value }: NamedSetting, options: Options): string {
  const name = Object.hasOwn(options, setting) ? optionName(setting) : setting;
  return value === undefined ? name : `${name} ${value}`;
}

/** True where the option is given. */
export function flag(description: string): OptionSpec<boolean> {
  return { kind: "flag", placeholder: "", description, required: false, default: false, parse: () => true };
}

/** A file, a folder, a name: any text but the empty one. */
export function text(
  placeholder: string,
  description: string,
  options: { required: true },
): OptionSpec<string>;
export function text(placeholder: string, description: string): OptionSpec<string | undefined>;
export function text(
  placeholder: string,
  description: string,
  { required = false } = {},
): OptionSpec<string | undefined> {
  const parse = nonEmpty;
  return { kind: "value", placeholder, description, required, default: undefined, parse };
}

/** Several texts behind one name, or the name several times. */
export function texts(
  placeholder: string,
  description: string,
  options: { required: true },
): OptionSpec<readonly string[]>;
export function texts(
  placeholder: string,
  description: string,
): OptionSpec<readonly string[] | undefined>;
export function texts(
  placeholder: string,
  description: string,
  { required = false } = {},
): OptionSpec<readonly string[] | undefined> {
  const parse = (given: string, before: readonly string[] = []) => [...before, nonEmpty(given)];
  return { kind: "list", placeholder, description, required, default: undefined, parse };
}

/** Several values with commas between them, each of which `item` takes. */
export function listOf<T>(item: OptionSpec<T | undefined>): OptionSpec<readonly T[] | undefined> {
  return {
    ...item,
    placeholder: `${item.placeholder},...`,
    default: undefined,
    resolve: undefined,
    parse: (given) => given.split(",").map((text) => item.parse(text.trim())!),
  };
}

/** The value that stands on the command line without a name. */
export function operand(
  placeholder: string,
  description: string,
  options: { required: true },
): OptionSpec<string>;
export function operand(placeholder: string, description: string): OptionSpec<string | undefined>;
export function operand(
  placeholder: string,
  description: string,
  { required = false } = {},
): OptionSpec<string | undefined> {
  const parse = nonEmpty;
  return { kind: "operand", placeholder, description, required, default: undefined, parse };
}

/** One of a list. */
export function choice<const C extends string>(
  description: string,
  choices: readonly C[],
  options: { default: NoInfer<C> },
): OptionSpec<C>;
export function choice<const C extends string>(
  description: string,
  choices: readonly C[],
): OptionSpec<C | undefined>;
export function choice<C extends string>(
  description: string,
  choices: readonly C[],
  { default: standard }: { default?: C } = {},
): OptionSpec<C | undefined> {
  const parse = (given: string) => {
    const found = choices.find((name) => name === given);
    if (found === undefined) throw new InvalidArgumentError(`Expected one of ${choices.join(", ")}.`);
    return found;
  };
  const shown = `${description} (one of ${choices.join(", ")})`;
  return {
    kind: "value",
    placeholder: "NAME",
    description: shown,
    required: false,
    default: standard,
    parse,
  };
}

/** Which numbers an option takes. */
export interface Range {
  /** The least number. */
  readonly min?: number;
  /** The largest number. */
  readonly max?: number;
  /** What the number has to be greater than. */
  readonly above?: number;
  /** What the number has to be less than. */
  readonly below?: number;
}

/** A number such as `0.1`, `3` or `2e-5`. */
export function number(description: string, options: Range & { default: number }): OptionSpec<number>;
export function number(description: string, range?: Range): OptionSpec<number | undefined>;
export function number(
  description: string,
  { default: standard, ...range }: Range & { default?: number } = {},
): OptionSpec<number | undefined> {
  const parse = (given: string) => {
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(given) ? Number(given) : NaN;
    return inRange(value, "a number", range);
  };
  return { kind: "value", placeholder: "X", description, required: false, default: standard, parse };
}

/** A number without a fraction, exact in a double. */
export function wholeNumber(description: string, options: Range & { default: number }): OptionSpec<number>;
export function wholeNumber(description: string, range?: Range): OptionSpec<number | undefined>;
export function wholeNumber(
  description: string,
  { default: standard, ...range }: Range & { default?: number } = {},
): OptionSpec<number | undefined> {
  const parse = (given: string) => {
    const value = /^[-+]?\d+$/.test(given) ? Number(given) : NaN;
    return inRange(Number.isSafeInteger(value) ? value : NaN, "a whole number", range);
  };
  return { kind: "value", placeholder: "N", description, required: false, default: standard, parse };
}

function inRange(value: number, what: string, range: Range): number {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = range;
  if (value >= min && value <= max && value > above && value < below) return value;
  const bounds = [
    range.min !== undefined ? `at least ${range.min}` : "",
    range.above !== undefined ? `greater than ${range.above}` : "",
    range.max !== undefined ? `at most ${range.max}` : "",
    range.below !== undefined ? `less than ${range.below}` : "",
  ].filter(Boolean);
  throw new InvalidArgumentError(`Expected ${[what, bounds.join(" and ")].filter(Boolean).join(", ")}.`);
}

function nonEmpty(given: string): string {
  if (given === "") throw new InvalidArgumentError("Expected a name, found an empty text.");
  return given;
}
