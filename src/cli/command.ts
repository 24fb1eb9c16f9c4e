/**
 * The frame of every command: options in, results to stdout, progress to stderr, and an exit code that says how it went.
 *
 * Exit codes: 0 done; 1 bad input or a failed run, with one sentence on stderr; 2 wrong usage; 130 interrupted.
 *
 * @module
 */

import { LacunaError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { CommandDefinition } from "./definition.ts";
import { flag, type Options, typedName, type Values } from "./options.ts";
import { parseArguments, refuseUsage } from "./parse_arguments.ts";
import { denoTerminal, type Terminal } from "./terminal.ts";

/** What a command's main function talks to. */
export interface Console extends Terminal {
  /** Whether the person asked for `--json`. */
  readonly json: boolean;
  /** A line (or more) of results for people, to stdout; with `--json` nothing. False once nobody reads any more. */
  print(text: string): boolean;
  /** A message of the library, with settings under the names of the command's options. */
  typed(said: Message): string;
  /** A line of progress, to stderr. */
  progress(text: string): void;
  /**
   * Aborts on Ctrl-C. From the first call on Ctrl-C no longer ends the process, so only a command that watches the
   * signal asks for it; it saves, returns (or throws), and the exit code is 130. A second Ctrl-C ends the process.
   */
  interruption(): AbortSignal;
}

/** How a command ended. */
export interface Outcome {
  /** The last line of stdout with `--json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Why the run failed though it has a result, in one sentence: exit code 1. */
  readonly failure?: string;
}

/** The body of a command. */
export type Main<O extends Options> = (options: Values<O>, console: Console) => Promise<Outcome>;

/** Options that are right one by one but not together; the person is pointed to the help, with exit code 2. */
export class UsageError extends LacunaError {
  static {
    this.prototype.name = "UsageError";
  }
}

const frameOptions = { json: flag("end stdout with one line of JSON, for programs") };

/** Runs a command and returns its exit code; nothing is thrown. */
export async function runCommand<O extends Options>(
  definition: CommandDefinition<O>,
  main: Main<O>,
  terminal: Terminal = denoTerminal(),
): Promise<number> {
  const parsed = parseArguments(
    { ...definition, options: { ...definition.options, ...frameOptions } },
    terminal,
  );
  if ("exitCode" in parsed) return parsed.exitCode;
  const { json } = parsed.values as unknown as Values<typeof frameOptions>;
  const interrupt = new AbortController();
  const console = consoleOn(terminal, { json, interrupt, options: definition.options });
  const sentenceOf = (error: unknown) =>
    error instanceof LacunaError ? console.typed(error.said) : describe(error);
  const finish = (outcome: Outcome) => {
    if (outcome.failure !== undefined) terminal.stderr(`${outcome.failure}\n`);
    try {
      if (json) terminal.stdout(`${JSON.stringify(outcome.json)}\n`);
    } catch (error) {
      terminal.stderr(`${sentenceOf(error)}\n`);
      return 1;
    }
    return interrupt.signal.aborted ? 130 : outcome.failure === undefined ? 0 : 1;
  };
  try {
    return finish(await main(parsed.values as Values<O>, console));
  } catch (error) {
    if (error instanceof UsageError) return refuseUsage(sentenceOf(error), definition, terminal);
    if (interrupt.signal.aborted && error === interrupt.signal.reason) {
      return finish({ json: { interrupted: true }, failure: "Interrupted." });
    }
    const failure = sentenceOf(error);
    finish({ json: { error: failure }, failure });
    return 1; // also after Ctrl-C: 130 promises that everything was saved
  }
}

function consoleOn(
  terminal: Terminal,
  { json, interrupt, options }: { json: boolean; interrupt: AbortController; options: Options },
): Console {
  let listening = false;
  return {
    ...terminal,
    json,
    print(text) {
      return json || terminal.stdout(`${text}\n`);
    },
    typed: (said) => said.text((setting) => typedName(setting, options)),
    progress: (text) => terminal.stderr(`${text}\n`),
    interruption() {
      if (!listening) terminal.onInterrupt(() => interrupt.abort());
      listening = true;
      return interrupt.signal;
    },
  };
}

/** One sentence for what the person or the system did, the stack for what Lacuna did. */
function describe(error: unknown): string {
  if (isSystemError(error)) return `The system refused: ${error.message}`;
  const trace = error instanceof Error ? error.stack : String(error);
  return `This is a defect of Lacuna and not of your input; please report it with these lines:\n${trace}`;
}

/** Whether the operating system said no, or Deno in its name. */
function isSystemError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  // A full disk, for one, has no class of its own, but the name that C gives it, such as ENOSPC.
  const named = "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
  return named || Object.values(Deno.errors).some((kind) => error instanceof kind) ||
    error instanceof RangeError && error.message === "Array buffer allocation failed";
}
