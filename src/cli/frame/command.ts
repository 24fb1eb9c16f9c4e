/**
 * The frame of every command: options in, results to stdout, progress to stderr, and an exit code that says
 * how it went.
 *
 * Exit codes: 0 done; 1 bad input or a failed run, with one sentence on stderr; 2 wrong usage; 130 ended by
 * Ctrl-C and 143 by SIGTERM, with everything saved that it takes to go on.
 *
 * @module
 */

import { endedBy } from "../../device/yield_to_host.ts";
import type { Reading } from "../../data/reading.ts";
import { LacunaError } from "../../errors.ts";
import type { Message } from "../../message.ts";
import type { CommandDefinition } from "./definition.ts";
import { flag, type Options, typedName, type Values } from "./options.ts";
import { parseArguments, refuseUsage } from "./parse_arguments.ts";
import { denoTerminal, type EndSignal, type Terminal } from "./terminal.ts";

/** What a command's main function talks to. */
export interface Console extends Terminal {
  /** Whether the person asked for `--json`. */
  readonly json: boolean;
  /**
   * A line (or more) of results for people, to stdout; with `--json` nothing. False once nobody reads any
   * more.
   */
  print(text: string): boolean;
  /** A message of the library, with settings under the names of the command's options. */
  typed(said: Message): string;
  /** A line of progress, to stderr. */
  progress(text: string): void;
  /** Adds what was read from a file to the JSON of the outcome, however the command ends. */
  read(reading: Reading): void;
  /**
   * Aborts on Ctrl-C or SIGTERM. From the first call on these no longer end the process, so only a command
   * that watches the signal asks for it: it saves, and returns what is {@linkcode Outcome.interrupted} or
   * throws the signal's reason. A second one ends the process.
   */
  interruption(): AbortSignal;
  /** Ctrl-C and SIGTERM end the process at once again: from here on there is nothing to save. */
  endAtOnce(): void;
}

/** How a command ended. */
export interface Outcome {
  /** The last line of stdout with `--json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Why the run failed though it has a result, in one sentence: exit code 1. */
  readonly failure?: string;
  /**
   * Whether Ctrl-C or SIGTERM ended it before it was done: exit code 130 or 143, which promises that what was
   * done is saved and can be gone on with.
   */
  readonly interrupted?: boolean;
}

/** What a shell says of a process that a signal ended. */
const exitCodes: Readonly<Record<EndSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The body of a command. */
export type Main<O extends Options> = (options: Values<O>, console: Console) => Promise<Outcome>;

/**
 * Options that are right one by one but not together; the person is pointed to the help, with exit code 2.
 */
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
  const interruption = new Interruption(terminal);
  const read: Reading[] = [];
  const console = consoleOn(terminal, { json, interruption, options: definition.options, read });
  const sentenceOf = (error: unknown) =>
    error instanceof LacunaError ? console.typed(error.said) : describe(error);
  const finish = ({ json: result, failure, interrupted = false }: Outcome) => {
    if (failure !== undefined) terminal.stderr(`${failure}\n`);
    try {
      if (json) terminal.stdout(`${JSON.stringify(read.length > 0 ? { ...result, read } : result)}\n`);
    } catch (error) {
      terminal.stderr(`${sentenceOf(error)}\n`);
      return 1;
    }
    if (interrupted && interruption.came) return exitCodes[interruption.came];
    return failure === undefined ? 0 : 1;
  };
  try {
    return finish(await main(await resolved(definition, parsed.values as Values<O>, terminal), console));
  } catch (caught) {
    const error = firstOf(caught);
    if (error instanceof UsageError) return refuseUsage(sentenceOf(error), definition, terminal);
    if (interruption.isReason(error)) {
      return finish({ json: { interrupted: true }, failure: "Interrupted.", interrupted: true });
    }
    const failure = sentenceOf(error);
    return finish({ json: { error: failure }, failure });
  }
}

/** The values with what stands for them on this machine. */
async function resolved<O extends Options>(
  { options }: CommandDefinition<O>,
  values: Values<O>,
  terminal: Terminal,
): Promise<Values<O>> {
  const all: Record<string, unknown> = { ...values };
  for (const [name, { resolve }] of Object.entries(options)) {
    if (resolve) all[name] = await resolve(all[name], terminal);
  }
  return all as Values<O>;
}

/** Ctrl-C and SIGTERM as an AbortSignal, for commands that ask for it. */
class Interruption {
  readonly #terminal: Terminal;
  readonly #controller = new AbortController();
  #stopListening: (() => void) | undefined;
  /** The signal that came, if one did. */
  came: EndSignal | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get signal(): AbortSignal {
    this.#stopListening ??= this.#terminal.onInterrupt((signal) => {
      this.came = signal;
      this.#controller.abort();
    });
    return this.#controller.signal;
  }

  endAtOnce(): void {
    this.#stopListening?.();
  }

  isReason(error: unknown): boolean {
    return endedBy(this.#controller.signal, error);
  }
}

/** What went wrong first, where giving something back failed because of it as well. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

function consoleOn(
  terminal: Terminal,
  { json, interruption, options, read }: {
    json: boolean;
    interruption: Interruption;
    options: Options;
    read: Reading[];
  },
): Console {
  return {
    ...terminal,
    json,
    print(text) {
      return json || terminal.stdout(`${text}\n`);
    },
    typed: (said) => said.text((setting) => typedName(setting, options)),
    progress: (text) => terminal.stderr(`${text}\n`),
    read: (reading) => void read.push(reading),
    interruption: () => interruption.signal,
    endAtOnce: () => interruption.endAtOnce(),
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
