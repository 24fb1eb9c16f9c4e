/**
 * `deno task reliability`: the tests of this folder in their large size, with figures. docs/reliability.md
 * has those of a machine, and says what each of them means.
 *
 * @module
 */

import { type Console, type Outcome, runCommand } from "../../src/cli/frame/command.ts";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { choice, listOf, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import { versions } from "../../src/cli/frame/versions.ts";
import { findAdapter } from "../../src/device/webgpu/open.ts";
import { webGpuTests } from "../devices.ts";
import { type Fault, faultyCommands, withFaults } from "./command_faults.ts";
import type { CommandName } from "./commands.ts";
import { faultyRuns, withDeviceFaults } from "./device_faults.ts";
import { fullDisks } from "./full_disk.ts";
import { LONGEST_MESSAGE } from "./fuzz.ts";
import { FUZZED } from "./fuzz_targets.ts";
import { kill } from "./kills.ts";
import { longRun } from "./long_run.ts";
import { loseAt, lossWays } from "./losses.ts";
import { spread } from "./spread.ts";
import { watchedFuzz } from "./watched_fuzz.ts";

const PARTS = ["kills", "faults", "disk", "device", "losses", "memory", "fuzz"] as const;
type Part = typeof PARTS[number];

const definition = defineCommand({
  name: "reliability",
  summary:
    "Kills, fills, breaks and feeds damaged files to Lacuna, many times, and prints what came of it. " +
    "Exit code 1 if anything was lost. All of it takes an hour or two.",
  options: {
    parts: listOf(choice("what is done; default: everything", PARTS)),
    kills: wholeNumber("kills of each command", { min: 1, default: 100 }),
    faults: wholeNumber("calls of the file system and of the device that fail, of each command", {
      min: 1,
      default: 1_000_000,
    }),
    steps: wholeNumber("steps of the runs whose memory is watched", { min: 100, default: 10_000 }),
    cases: wholeNumber("damaged forms of each kind of file", { min: 1, default: 100_000 }),
    seed: wholeNumber("seed of everything that is random", { min: 0, default: 1 }),
  },
  examples: [
    { args: "", does: "everything" },
    { args: "--parts fuzz --cases 1000000 --seed 7", does: "ten times the damaged files, others" },
  ],
});

type Sizes = Values<typeof definition.options>;

/** A figure with what it has to be. */
interface Line {
  readonly what: string;
  readonly found: string;
  readonly ok: boolean;
}

/** The steps of a command that is killed: seconds, so that kills fall into all of its work. */
const KILLED: Readonly<Record<CommandName, number>> = { train: 120, pretrain: 120, compare: 60 };
/** Rows of the embeddings of the model whose memory is watched: the run takes a quarter of a GiB. */
const VOCABULARY = 100_000;

const parts: Readonly<Record<Part, (sizes: Sizes) => AsyncGenerator<Line>>> = {
  async *kills({ kills, seed }) {
    for (const [name, steps] of Object.entries(KILLED) as [CommandName, number][]) {
      yield await line(`${name}, killed`, async () => {
        const done = await kill(name, { kills, seed, steps });
        const folders = name === "compare"
          ? ""
          : `, ${done.models} models opened (${done.old} of them the one before), ${done.states} states`;
        return {
          found: `${done.kills} kills${folders}; ${done.runs} runs ended, all in the same bytes`,
          ok: done.kills === kills,
        };
      });
    }
  },
  async *faults({ faults }) {
    for (const command of faultyCommands) {
      const name = command.interruptAt === undefined ? command.name : `${command.name} --resume`;
      yield await line(`${name}, calls of the file system`, async () => {
        const done = await withFaults(
          command,
          ({ calls }): Fault[] =>
            [false, true].flatMap((persistent) =>
              spread(faults, calls).map((call) => ({ call, persistent }))
            ),
        );
        return {
          found:
            `${done.faults} faults in ${done.calls} calls, ${done.refusals} sentences, ${done.same} times the same bytes`,
          ok: done.same === done.faults,
        };
      });
    }
  },
  async *disk() {
    yield await line("train on a tmpfs of 8 MB", async () => {
      const done = await fullDisks();
      if ("skipped" in done) return { found: `skipped: ${done.skipped}`, ok: true };
      return {
        found: `${done.fills} fillings, ${done.refusals} sentences, ${done.same} times the same bytes`,
        ok: done.same === done.fills && done.refusals > 0,
      };
    });
  },
  async *device({ faults }) {
    for (const [name, run] of Object.entries(faultyRuns)) {
      yield await line(`${name}, calls of the device`, async () => {
        const done = await withDeviceFaults(run, (calls) => spread(faults, calls));
        return {
          found:
            `${done.faults} faults in ${done.calls} calls, ${done.models} models, ${done.same} times the same bytes`,
          ok: done.same === done.faults,
        };
      });
    }
  },
  async *losses() {
    const steps = 20;
    for (const way of await lossWays()) {
      yield await line(way.name, async () => {
        const done = await loseAt(way, { steps, at: spread(steps, steps) });
        return {
          found:
            `at each of ${steps} steps: ${done.models} models, ${done.states} states, ${done.same} times the same bytes`,
          ok: done.same === steps && done.states === steps,
        };
      });
    }
  },
  async *memory({ steps }) {
    const gpu = await findAdapter() !== undefined;
    const runs = [["cpu", 1], ["cpu", 2], ...gpu ? [["webgpu", 1] as const] : []] as const;
    for (const [device, threads] of runs) {
      yield await line(
        `${steps} steps on ${device === "cpu" ? `cpu, ${threads} threads` : webGpuTests.name}`,
        async () => {
          const { bound, before, samples, share, drift } = await longRun({
            device,
            threads,
            steps,
            vocabulary: VOCABULARY,
          });
          const [first, most] = [before, Math.max(...samples)].map(mebibytes);
          return {
            found: `announced ${mebibytes(bound)}; process ${first} before, ${most} at most: ${
              share.toFixed(2)
            } of the announced; ${(100 * drift).toFixed(1)} % of drift`,
            ok: share <= 1.2 && drift <= 0.05,
          };
        },
      );
    }
  },
  async *fuzz({ cases, seed }) {
    for (const name of FUZZED) {
      yield await line(`${name}, damaged`, async () => {
        const done = await watchedFuzz(name, { cases, seed });
        return {
          found:
            `${done.cases} forms, ${done.opened} opened; a refusal has at most ${done.longest} characters, ` +
            `a case took at most ${Math.ceil(done.slowest)} ms and ${
              (100 * done.memory).toFixed(0)
            } % of the allowed memory`,
          ok: done.longest <= LONGEST_MESSAGE,
        };
      });
    }
  },
};

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** What came of a measurement; one that throws has failed. */
async function line(what: string, measure: () => Promise<Omit<Line, "what">>): Promise<Line> {
  const began = performance.now();
  try {
    const { found, ok } = await measure();
    return { what, found: `${found} (${Math.round((performance.now() - began) / 1000)} s)`, ok };
  } catch (error) {
    return { what, found: error instanceof Error ? error.stack ?? error.message : String(error), ok: false };
  }
}

async function main(sizes: Sizes, console: Console): Promise<Outcome> {
  const lines: Line[] = [];
  console.print(Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", "));
  for (const part of sizes.parts ?? PARTS) {
    for await (const each of parts[part](sizes)) {
      console.print(`| ${each.ok ? "ok" : "MISSED"} | ${each.what} | ${each.found} |`);
      lines.push(each);
    }
  }
  const missed = lines.filter(({ ok }) => !ok).map(({ what }) => what);
  return {
    json: { lines },
    failure: missed.length === 0 ? undefined : `Missed: ${missed.join("; ")}.`,
  };
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
