/** Commands whose calls of the file system fail, one after the other, or whose disk fills up. */

import { assert, assertEquals } from "@std/assert";
import { inTrainingFolder } from "../cli/training_folder.ts";
import { type CommandName, commands, emptyOut, goingOn, inputs, results } from "./commands.ts";
import { fullDisk, hookFiles, ioError } from "./hooked_deno.ts";

/** A run that is to be disturbed. */
export interface FaultyCommand {
  readonly name: CommandName;
  readonly steps: number;
  /** Ctrl-C is pressed when this is shown, and the run that goes on from there is disturbed. */
  readonly interruptAt?: string;
}

/** What is tried. */
export const faultyCommands: readonly FaultyCommand[] = [
  { name: "train", steps: 8 },
  { name: "train", steps: 16, interruptAt: "epoch 2" },
  { name: "pretrain", steps: 4 },
  { name: "compare", steps: 4 },
];

/** How it went. */
export interface CommandFaults {
  /** Calls of the file system of a run in which none fails. */
  readonly calls: number;
  /** Runs with a fault. */
  readonly faults: number;
  /** Those that ended with exit code 1 and a sentence; the others did not need the call. */
  readonly refusals: number;
  /** Those after which the same command, without a fault, left what a run without faults leaves. */
  readonly same: number;
}

/**
 * What may go wrong: one call, all from a call on, or all that would write more bytes than there is room for.
 */
export type Fault = { readonly call: number; readonly persistent: boolean } | { readonly room: number };

/**
 * Runs a command with each of these faults; `faultsOf` chooses them by the number of its calls and written
 * bytes.
 */
export async function withFaults(
  { name, steps, interruptAt }: FaultyCommand,
  faultsOf: (run: { readonly calls: number; readonly bytes: number }) => readonly Fault[],
): Promise<CommandFaults> {
  const { command, prepare, args: argsOf } = commands[name];
  const args = argsOf(steps);
  let figures: CommandFaults | undefined;
  await inTrainingFolder(async (folder) => {
    await prepare(folder);
    /** The folder as it is before a run with a fault. */
    const begin = async () => {
      await emptyOut(folder);
      if (interruptAt === undefined) return;
      const { exitCode, stderr } = await folder.run(command, args, { interruptAt });
      assertEquals(exitCode, 130, stderr);
    };
    await begin();
    let [calls, bytes] = [0, 0];
    const options = await goingOn(name, folder);
    {
      using _files = hookFiles((_, written) => void (calls++, bytes += written));
      const { exitCode, stderr } = await folder.run(command, [...args, ...options]);
      assertEquals(exitCode, 0, stderr);
    }
    const expected = await results(folder);
    const before = await inputs(folder);
    let [refusals, same] = [0, 0];
    const faults = faultsOf({ calls, bytes });
    for (const fault of faults) {
      await begin();
      const options = await goingOn(name, folder);
      const { exitCode, stderr } = await faultyRun(fault, () => folder.run(command, [...args, ...options]));
      const what = `${JSON.stringify(fault)}: ${stderr}`;
      assert(!/defect|\n {4}at /.test(stderr), what);
      if (exitCode === 1) {
        refusals++;
        const sentence = stderr.trimEnd().split("\n").at(-1)!;
        assert(sentence.length > 20 && sentence.length <= 400, what);
      } else assertEquals(exitCode, 0, what);
      assertEquals(await inputs(folder), before, what);
      const again = await folder.run(command, [...args, ...await goingOn(name, folder)]);
      assertEquals(again.exitCode, 0, `${what}; then ${again.stderr}`);
      assertEquals(await results(folder), expected, what);
      same++;
    }
    figures = { calls, faults: faults.length, refusals, same };
  });
  return figures!;
}

async function faultyRun<T>(fault: Fault, run: () => Promise<T>): Promise<T> {
  let [calls, bytes] = [0, 0];
  using _files = hookFiles((_, written) => {
    if ("room" in fault) {
      if ((bytes += written) > fault.room && written > 0) throw fullDisk();
      return;
    }
    const call = calls++;
    if (call === fault.call || fault.persistent && call > fault.call) throw ioError();
  });
  return await run();
}
