/** Commands whose calls of the file system fail, one after the other, or whose disk fills up. */

import { assert, assertEquals } from "@std/assert";
import { compare } from "../../src/cli/compare/compare.ts";
import { pretrain } from "../../src/cli/pretrain/pretrain.ts";
import { train } from "../../src/cli/train/train.ts";
import { formatConll } from "../../src/data/conll.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { type Command, inTrainingFolder, type TrainingFolder } from "../cli/training_folder.ts";
import { syntheticSentences } from "../fixtures.ts";
import { repetitiveText } from "../pretraining/text.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { wholeParts } from "./checks.ts";
import { fullDisk, hookFiles, ioError } from "./hooked_deno.ts";

/** A command that writes into `out`, in a fraction of a second. */
export interface FaultyCommand {
  readonly name: string;
  readonly command: Command;
  readonly args: readonly string[];
  /** Writes what it reads. */
  prepare?(folder: TrainingFolder): Promise<void>;
  /** Ctrl-C is pressed when this is shown, so that there is something to go on from. */
  readonly interruptAt?: string;
  /** Whether it is told to go on, where there is a state. */
  readonly resumes: boolean;
}

const tiny = ["--model", "@model", "--from-scratch", "--out", "@out", "--device", "cpu", "--threads", "1"];
const labelled = ["--train", "@train.conll", "--dev", "@train.conll", "--test", "@train.conll"];
const rates = ["--learning-rate", "1e-2", "--batch-tokens", "20"];

/** What is tried. */
export const faultyCommands: readonly FaultyCommand[] = [
  {
    name: "train",
    command: train,
    args: [...labelled, ...tiny, ...rates, "--epochs", "2"],
    resumes: true,
  },
  {
    name: "train --resume",
    command: train,
    args: [...labelled, ...tiny, ...rates, "--epochs", "4"],
    interruptAt: "epoch 2",
    resumes: true,
  },
  {
    name: "pretrain",
    command: pretrain,
    args: [
      "--text",
      "@text",
      "--heldout",
      "@heldout.txt",
      ...tiny,
      ...rates,
      "--max-steps",
      "4",
      "--evaluate-every",
      "2",
    ],
    async prepare(folder) {
      await folder.write("text/a.txt", repetitiveText(10));
      await folder.write("heldout.txt", repetitiveText(5, 4));
    },
    resumes: true,
  },
  {
    name: "compare",
    command: compare,
    args: [
      ...["--train", "@data/train.conll", "--dev", "@data/dev.conll", "--test", "@data/test.conll"],
      ...["--model", "@tagger", "--out", "@out", "--device", "cpu", "--threads", "1", ...rates],
      ...["--sizes", "4", "--seeds", "1", "--budget-epochs", "1", "--arms", "none,span"],
    ],
    async prepare(folder) {
      for (const [seed, [part, count]] of Object.entries({ train: 8, dev: 2, test: 3 }).entries()) {
        await folder.write(`data/${part}.conll`, formatConll(syntheticSentences(count, seed + 1)));
      }
      await folder.writeStore("tagger", await tinyTaggerStore());
    },
    resumes: false,
  },
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

/** What may go wrong: one call, all from a call on, or all that would write more bytes than there is room for. */
export type Fault = { readonly call: number; readonly persistent: boolean } | { readonly room: number };

/** Runs a command with each of these faults; `faultsOf` chooses them by the number of its calls and written bytes. */
export async function withFaults(
  { command, args, prepare, interruptAt, resumes }: FaultyCommand,
  faultsOf: (run: { readonly calls: number; readonly bytes: number }) => readonly Fault[],
): Promise<CommandFaults> {
  let figures: CommandFaults | undefined;
  await inTrainingFolder(async (folder) => {
    await prepare?.(folder);
    const out = new DenoStore(folder.path("out"));
    const thesis = "what somebody else wrote";
    const inputs = async () => await contents(folder, (path) => !path.startsWith("out/"));
    /** The folder as it is before a run with a fault, and whether the run goes on from a state. */
    const begin = async () => {
      await Deno.remove(folder.path("out"), { recursive: true }).catch(() => {});
      await folder.write("out/thesis.txt", thesis);
      if (interruptAt === undefined) return;
      const { exitCode, stderr } = await folder.run(command, args, { interruptAt });
      assertEquals(exitCode, 130, stderr);
    };
    const more = async () => resumes && (await wholeParts(out)).state ? ["--resume"] : [];
    await begin();
    let [calls, bytes] = [0, 0];
    {
      using _files = hookFiles((_, written) => void (calls++, bytes += written));
      const { exitCode, stderr } = await folder.run(command, [...args, ...await more()]);
      assertEquals(exitCode, 0, stderr);
    }
    const expected = await results(folder);
    const before = await inputs();
    let [refusals, same] = [0, 0];
    const faults = faultsOf({ calls, bytes });
    for (const fault of faults) {
      await begin();
      const options = await more();
      const { exitCode, stderr } = await faultyRun(fault, () => folder.run(command, [...args, ...options]));
      const what = `${JSON.stringify(fault)}: ${stderr}`;
      assert(!/defect|\n {4}at /.test(stderr), what);
      if (exitCode === 1) {
        refusals++;
        const sentence = stderr.trimEnd().split("\n").at(-1)!;
        assert(sentence.length > 20 && sentence.length <= 400, what);
      } else assertEquals(exitCode, 0, what);
      assertEquals(await Deno.readTextFile(folder.path("out/thesis.txt")), thesis, what);
      assertEquals(await inputs(), before, what);
      if (resumes) await wholeParts(out);
      const again = await folder.run(command, [...args, ...await more()]);
      // A run that had ended when the fault came may only be asked for again from its beginning.
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

/** What a command leaves, but for what tells of times and of this machine. */
async function results(folder: TrainingFolder): Promise<Record<string, string>> {
  return await contents(
    folder,
    (path) => /^out\/.*(safetensors|config\.json|tokenizer\.json|\.tags)$/.test(path),
  );
}

/** Hashes of the files of a folder that `wanted` names. */
async function contents(
  folder: TrainingFolder,
  wanted: (path: string) => boolean,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (dir: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder.path(dir))) {
      const path = dir === "" ? name : `${dir}/${name}`;
      if (isDirectory) await visit(path);
      else if (wanted(path)) {
        const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(folder.path(path)));
        found[path] = new Uint8Array(digest).toHex();
      }
    }
  };
  await visit("");
  return Object.fromEntries(Object.entries(found).sort());
}
