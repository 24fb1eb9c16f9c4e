/**
 * Processes that are killed at random moments: their folder is whole, and the same command ends in the same
 * bytes.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { Random } from "../../src/random/random.ts";
import { inTrainingFolder, type TrainingFolder } from "../cli/training_folder.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { wholeParts } from "./checks.ts";
import { type CommandName, commands, emptyOut, goingOn, hashOf, inputs, results } from "./commands.ts";
import { hookFiles } from "./hooked_deno.ts";

/** What is done. */
export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Steps of the command's run. */
  readonly steps: number;
}

/** How it went. */
export interface KillFigures {
  /** Seconds of the process that is not killed. */
  readonly seconds: number;
  readonly kills: number;
  /** Kills after which there was a model. */
  readonly models: number;
  /** Those after which it was still the one that was there before the run. */
  readonly old: number;
  /** Kills after which there was a state to resume from. */
  readonly states: number;
  /** Runs that came to their end, each in the bytes of the run that was not killed. */
  readonly runs: number;
}

const program = fromFileUrl(new URL("command_process.ts", import.meta.url));
const WEIGHTS = "out/model.safetensors";

/**
 * Kills a command so many times, at moments that are spread over all of its time, and lets it go on each
 * time.
 */
export async function kill(
  name: CommandName,
  { kills: wanted, seed, steps }: KillOptions,
): Promise<KillFigures> {
  const { prepare, args } = commands[name];
  const random = new Random(seed, `kills of ${name}`);
  let figures: KillFigures | undefined;
  await inTrainingFolder(async (folder) => {
    await prepare(folder);
    const begin = async () => {
      await emptyOut(folder);
      if (name !== "compare") await folder.writeStore("out", await tinyTaggerStore());
    };
    await begin();
    const { expected, saved } = await models(name, folder, args(steps));
    await begin();
    const began = performance.now();
    await run(folder, name, args(steps));
    const seconds = (performance.now() - began) / 1000;
    assertEquals(await results(folder), expected, "a process of its own");
    const before = await inputs(folder);
    await begin();
    const old = await weightsIn(folder);
    let [kills, models_, olds, states, runs] = [0, 0, 0, 0, 0];
    for (let goesOn = false; kills < wanted || goesOn;) {
      const options = await goingOn(name, folder);
      const killed = await run(folder, name, [...args(steps), ...options], {
        killAfter: kills < wanted ? random.uniform() * seconds : undefined,
      });
      const what = `${name}, seed ${seed}, after kill ${kills}`;
      assertEquals(await inputs(folder), before, what);
      goesOn = killed;
      if (!killed) {
        assertEquals(await results(folder), expected, what);
        runs++;
        await begin();
        continue;
      }
      kills++;
      if (name === "compare") continue;
      const weights = await weightsIn(folder);
      const { model, state } = await wholeParts(new DenoStore(folder.path("out")));
      assert(model && (weights === old || saved.has(weights!)), what);
      models_++;
      if (weights === old) olds++;
      if (state) states++;
    }
    figures = { seconds, kills, models: models_, old: olds, states, runs };
  });
  return figures!;
}

/** Runs the command in this process: what it leaves, and the hash of every model that it saves. */
async function models(
  name: CommandName,
  folder: TrainingFolder,
  args: readonly string[],
): Promise<{ expected: Record<string, string>; saved: ReadonlySet<string> }> {
  const { readFileSync } = Deno;
  const saved: Promise<string>[] = [];
  /** Weights get their name by being renamed: the next call sees them there. */
  let renamed = true;
  const look = (call?: string) => {
    try {
      if (renamed) saved.push(hashOf(readFileSync(folder.path(WEIGHTS))));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    renamed = call === "rename";
  };
  {
    using _files = hookFiles(look);
    const { exitCode, stderr } = await folder.run(commands[name].command, args);
    assertEquals(exitCode, 0, stderr);
  }
  look();
  return { expected: await results(folder), saved: new Set(await Promise.all(saved)) };
}

async function weightsIn(folder: TrainingFolder): Promise<string | undefined> {
  return await Deno.readFile(folder.path(WEIGHTS)).then(hashOf, () => undefined);
}

/** Runs a process to its end, or kills it; true where it was killed before its end. */
async function run(
  folder: TrainingFolder,
  name: CommandName,
  args: readonly string[],
  { killAfter }: { readonly killAfter?: number } = {},
): Promise<boolean> {
  const process = new Deno.Command("deno", {
    args: [
      ...["run", "--no-check", "--no-prompt", "--allow-read", "--allow-write", program, name],
      ...args.map((arg) => arg.replace(/^@/, `${folder.path("")}`)),
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = killAfter === undefined
    ? undefined
    : setTimeout(() => process.kill("SIGKILL"), killAfter * 1000);
  const stderr = await new Response(process.stderr).text();
  const { code, signal } = await process.status;
  clearTimeout(timer);
  if (signal === "SIGKILL") return true;
  assertEquals(code, 0, stderr);
  return false;
}
