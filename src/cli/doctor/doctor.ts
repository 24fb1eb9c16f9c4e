/**
 * `deno task doctor`: which devices there are, whether their results can be trusted, and what a model needs.
 */

import type { OpName } from "../../../kernels/mod.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { findCandidates } from "./doctor_devices.ts";
import { deviceOptions, nativeMatmulOf } from "../device/device.ts";
import { type Examination, examine } from "./doctor_examination.ts";
import { readQuestion } from "./doctor_model.ts";
import { openModelFolder } from "../files/files.ts";
import { choice, flag, type Values, wholeNumber } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { defaultSettings } from "../../training/settings.ts";
import { modelFolder } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "doctor",
  summary:
    "Lists the devices of this machine with their limits, compares every kernel on each of them with the float64 " +
    "reference, and tries large buffers. With --model it says what a model needs in memory there. " +
    "Exit code 1 if a kernel is wrong.",
  options: {
    device: choice("which devices to examine", ["all", "webgpu", "cpu"], { default: "all" }),
    blas: deviceOptions.blas,
    model: modelFolder("Hugging Face model directory; only its config.json is read"),
    batchTokens: wholeNumber("tokens of a batch, as for train", {
      min: 1,
      default: defaultSettings.batchTokens,
    }),
    freezeEmbeddings: flag("count the embeddings as frozen"),
    freezeLayers: wholeNumber("count so many layers from the bottom as frozen", { min: 0, default: 0 }),
  },
  examples: [
    { args: "", does: "examines all devices" },
    { args: "--model e5-small --batch-tokens 4096", does: "says in addition what training it would take" },
  ],
});

type DoctorOptions = Values<typeof definition.options>;

/** What tests put in the place of the machine. */
export interface Machine {
  readonly findCandidates: typeof findCandidates;
  readonly ops?: readonly OpName[];
}

/** Runs the command; returns its exit code. */
export function doctor(terminal?: Terminal, machine: Machine = { findCandidates }): Promise<number> {
  return runCommand(definition, (options, console) => main(options, console, machine), terminal);
}

async function main(options: DoctorOptions, console: Console, machine: Machine): Promise<Outcome> {
  // A wrong path should not have to wait for the self-test.
  const question = options.model === undefined
    ? undefined
    : await readQuestion(await openModelFolder(options.model), { ...options, model: options.model });
  const native = await nativeMatmulOf(options);
  const examinations: Examination[] = [];
  for (const candidate of await machine.findCandidates(options.device, { native })) {
    if (examinations.length > 0) console.print("");
    examinations.push(await examine(candidate, console, { ops: machine.ops, question }));
  }
  return { json: { devices: examinations }, failure: failureOf(examinations) };
}

/** Why the machine cannot be relied on, if so. */
function failureOf(examinations: readonly Examination[]): string | undefined {
  const wrong = examinations.flatMap(({ kind, selfTest }) =>
    selfTest.filter(({ failures }) => failures.length > 0).map(({ op }) => `${op} on ${kind}`)
  );
  if (wrong.length > 0) {
    return `Wrong results: ${wrong.join(", ")}. Do not train there; report it with the lines above.`;
  }
  return examinations.every(({ problem }) => problem !== undefined) ? examinations[0].problem : undefined;
}

if (import.meta.main) Deno.exit(await doctor());
