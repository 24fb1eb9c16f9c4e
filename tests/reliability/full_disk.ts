/** A disk that is full, a real one: a tmpfs of 8 MB, filled to some bytes below its end. */

import { assert, assertEquals } from "@std/assert";
import { inTrainingFolder } from "../cli/training_folder.ts";
import { commands, emptyOut, goingOn, results } from "./commands.ts";

/** How it went. */
export interface FullDiskFigures {
  /** How often the disk was filled, each time to another number of bytes. */
  readonly fills: number;
  /** Runs that ended with exit code 1 and a sentence. */
  readonly refusals: number;
  /** Runs after which the same command, with room again, left what a run with room leaves. */
  readonly same: number;
}

const SIZE = 8 * 2 ** 20;
const STEPS = 8;
/** A run of this size takes less than this; the first fillings leave no room at all. */
const MOST_ROOM = 400 * 1024;
const FILLS = 50;

/** Trains on a disk with more and more room left on it. Mounting one needs root. */
export async function fullDisks(): Promise<FullDiskFigures | { readonly skipped: string }> {
  const { command, args } = commands.train;
  let figures: FullDiskFigures | { readonly skipped: string } | undefined;
  await inTrainingFolder(async (folder) => {
    await emptyOut(folder);
    assertEquals((await folder.run(command, args(STEPS))).exitCode, 0);
    const expected = await results(folder);
    await Deno.remove(folder.path("out"), { recursive: true });
    await Deno.mkdir(folder.path("out"));
    const problem = await system("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", folder.path("out"));
    if (problem !== undefined) {
      figures = { skipped: `a tmpfs could not be mounted (${problem})` };
      return;
    }
    try {
      let [refusals, same] = [0, 0];
      for (let fill = 0; fill < FILLS; fill++) {
        for await (const { name } of Deno.readDir(folder.path("out"))) {
          await Deno.remove(folder.path(`out/${name}`));
        }
        const room = Math.floor(fill * MOST_ROOM / FILLS);
        await Deno.writeFile(folder.path("out/filler"), new Uint8Array(SIZE - room));
        const { exitCode, stderr } = await folder.run(command, args(STEPS));
        const what = `${room} bytes of room: ${stderr}`;
        assert(!/defect|\n {4}at /.test(stderr), what);
        assert(exitCode === 0 || exitCode === 1, what);
        if (exitCode === 1) {
          refusals++;
          assert(/No space left|os error 28/.test(stderr.trimEnd().split("\n").at(-1)!), what);
        }
        const options = await goingOn("train", folder);
        await Deno.remove(folder.path("out/filler"));
        const again = await folder.run(command, [...args(STEPS), ...options]);
        assertEquals(again.exitCode, 0, `${what}; then ${again.stderr}`);
        assertEquals(await results(folder), expected, what);
        same++;
      }
      figures = { fills: FILLS, refusals, same };
    } finally {
      await system("umount", folder.path("out"));
    }
  });
  return figures!;
}

/** Runs a program of the system; why it failed, or undefined. */
async function system(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { code, stderr } = await new Deno.Command(program, { args }).output();
    return code === 0 ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
