import { type Main, runCommand } from "../../src/cli/frame/command.ts";
import { type CommandDefinition } from "../../src/cli/frame/definition.ts";
import type { Options } from "../../src/cli/frame/options.ts";
import type { EndSignal, Terminal } from "../../src/cli/frame/terminal.ts";

/** What a command did: its exit code and what it wrote. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs something on a terminal that only exists in this process; `interrupt()` is Ctrl-C unless told
 * otherwise. What commands say of labelled files is left out unless `readings` asks for it.
 */
export async function onTerminal(
  args: readonly string[],
  command: (terminal: Terminal, interrupt: (signal?: EndSignal) => void) => Promise<number>,
  { stdin = "", readings = false, env = {} }: {
    stdin?: string;
    readings?: boolean;
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Run> {
  const written = { stdout: "", stderr: "" };
  let listener: (signal: EndSignal) => void = () => {};
  const terminal: Terminal = {
    args,
    stdin: new Blob([stdin]).stream(),
    env: (name) => env[name],
    columns: undefined,
    stdout(text) {
      written.stdout += text;
      return true;
    },
    stderr: (text) => void (written.stderr += text),
    onInterrupt(callback) {
      listener = callback;
      return () => listener = () => {};
    },
  };
  const exitCode = await command(terminal, (signal = "SIGINT") => listener(signal));
  if (!readings) written.stderr = written.stderr.replace(READING, "");
  return { exitCode, ...written };
}

/** A block of what was read: file and format, numbers, types, remarks. */
const READING = /^[^\n]+: [^\n]+\n {2}[\d,]+ sentences?, [^\n]+\n(?: {2}[^\n]*\n)*/gm;

/** Runs a command through the frame. */
export function runOn<O extends Options>(
  args: readonly string[],
  definition: CommandDefinition<O>,
  main: Main<O>,
): Promise<Run> {
  return onTerminal(args, (terminal) => runCommand(definition, main, terminal));
}

/** The JSON object in the last line of stdout. */
export function lastJson(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
}
