/**
 * Turns a command line into typed options, or into help or a complaint and an exit code. The only user of
 * commander.
 */

import { Command, CommanderError, Option } from "commander";
import { LacunaError } from "../../errors.ts";
import type { CommandDefinition } from "./definition.ts";
import { optionName, type Options, type Values } from "./options.ts";
import type { Terminal } from "./terminal.ts";

const HELP_COLUMNS = 100;

/** Reads `terminal.args`. Help goes to stdout and ends with 0; a complaint goes to stderr and ends with 2. */
export function parseArguments<O extends Options>(
  definition: CommandDefinition<O>,
  terminal: Terminal,
): { readonly values: Values<O> } | { readonly exitCode: number } {
  let help = "";
  const command = commandOf(definition, { ...terminal, showHelp: (text) => help += text });
  try {
    // `deno task X -- --flag` hands the two dashes on.
    const [first, ...rest] = terminal.args;
    command.parse(first === "--" ? rest : terminal.args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exitCode: showHelp(help, terminal) };
    return { exitCode: refuseUsage(error.message.replace(/^error: /, ""), definition, terminal) };
  }
  const values: Record<string, unknown> = {};
  for (const name in definition.options) {
    values[name] = command.getOptionValue(name) ?? definition.options[name].default;
  }
  const operands = Object.keys(definition.options).filter((name) =>
    definition.options[name].kind === "operand"
  );
  operands.forEach((name, i) => values[name] = command.processedArgs[i]);
  return { values: values as Values<O> };
}

/** Says what is wrong with the command line and where the help is; returns exit code 2. */
export function refuseUsage(
  message: string,
  { name }: { readonly name: string },
  terminal: Terminal,
): number {
  terminal.stderr(`${message}\nRun "${callOf(name, terminal)} --help" to see the options.\n`);
  return 2;
}

/** Shows a help; returns exit code 0, or 1 where it cannot be written. */
export function showHelp(help: string, terminal: Terminal): number {
  try {
    terminal.stdout(help);
    return 0;
  } catch (error) {
    if (!(error instanceof LacunaError)) throw error;
    terminal.stderr(`${error.message}\n`);
    return 1;
  }
}

/** How a command is called from this terminal. */
export function callOf(name: string, { launcher = "deno task" }: Pick<Terminal, "launcher">): string {
  return `${launcher} ${name}`;
}

/** The call that was made, without some flags, as it can be typed again. */
export function sameCall(
  name: string,
  { args, ...terminal }: Pick<Terminal, "args" | "launcher">,
  { without = [] }: { readonly without?: readonly string[] } = {},
): string {
  const quoted = args.filter((arg) => arg !== "--" && !without.includes(arg))
    .map((arg) => /^[\w./:=@%+,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`);
  return [callOf(name, terminal), ...quoted].join(" ");
}

function commandOf(
  definition: CommandDefinition<Options>,
  { showHelp, ...terminal }: Pick<Terminal, "launcher"> & { showHelp: (help: string) => void },
): Command {
  const call = callOf(definition.name, terminal);
  const examples = definition.examples.map(({ args, does }) =>
    `  ${call} ${args}`.trimEnd() + `\n      ${does}`
  );
  const command = new Command(call)
    .description(definition.summary)
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", `\nExamples:\n${examples.join("\n")}`)
    .exitOverride()
    .configureOutput({
      writeOut: showHelp,
      writeErr: () => {}, // said by refuseUsage
      // By itself commander reads NO_COLOR and its like, which takes a permission.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => HELP_COLUMNS,
      getErrHelpWidth: () => HELP_COLUMNS,
    });
  for (const [name, spec] of Object.entries(definition.options)) {
    const { kind, placeholder, description, required, parse } = spec;
    if (kind === "operand") {
      command.argument(required ? `<${placeholder}>` : `[${placeholder}]`, description, parse);
      continue;
    }
    const long = optionName(name);
    if (kind === "flag") {
      const option = new Option(long, description);
      option.negate = false; // --no-dropout is a flag of its own, not the opposite of a --dropout
      command.addOption(option);
      continue;
    }
    const value = kind === "list" ? `${placeholder}...` : placeholder;
    command.addOption(
      new Option(`${long} <${value}>`, description)
        .default(spec.default, String(spec.default)).makeOptionMandatory(required).argParser(parse),
    );
  }
  return command;
}
