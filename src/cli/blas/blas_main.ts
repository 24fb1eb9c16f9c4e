/**
 * `deno task blas COMMAND`: runs a command with a native BLAS library. The only task that may call native
 * code.
 */

import { refuseUsage, showHelp } from "../frame/parse_arguments.ts";
import { denoTerminal, type Terminal } from "../frame/terminal.ts";

const commands: Readonly<Record<string, () => Promise<(terminal: Terminal) => Promise<number>>>> = {
  train: async () => (await import("../train/train.ts")).train,
  pretrain: async () => (await import("../pretrain/pretrain.ts")).pretrain,
  distil: async () => (await import("../distil/distil.ts")).distil,
  compare: async () => (await import("../compare/compare.ts")).compare,
  predict: async () => (await import("../predict/predict.ts")).predict,
  evaluate: async () => (await import("../evaluate/evaluate.ts")).evaluate,
  doctor: async () => (await import("../doctor/doctor.ts")).doctor,
};

const help = `Usage: deno task blas COMMAND [options]

Runs ${Object.keys(commands).join(", ")}
with --blas auto: on the CPU, with products of matrices from a native BLAS library, which are about
twice as fast as those in WASM. The options are those of the command; --blas PATH names the library.
On Debian apt-get install libopenblas0-pthread installs one; macOS has one.

Examples:
  deno task blas train --train train.conll --model models/mbert
  deno task blas doctor --device cpu
`;

/** Runs the command that the first argument names; returns its exit code. */
export async function blas(terminal: Terminal = denoTerminal()): Promise<number> {
  const [name = "--help", ...args] = terminal.args.filter((arg) => arg !== "--");
  if (name === "--help" || name === "-h") return showHelp(help, terminal);
  if (!Object.hasOwn(commands, name)) {
    const message = `Expected one of ${Object.keys(commands).join(", ")} but found ${name}`;
    return refuseUsage(message, { name: "blas" }, terminal);
  }
  const command = await commands[name]();
  const named = args.some((arg) => arg === "--blas" || arg.startsWith("--blas="));
  const all = named ? args : ["--blas", "auto", ...args];
  return await command({ ...terminal, args: all, launcher: "deno task blas" });
}

if (import.meta.main) Deno.exit(await blas());
