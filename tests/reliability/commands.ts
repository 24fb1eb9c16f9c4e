/** The commands that train, on data so small that a run takes seconds or less. */

import { compare } from "../../src/cli/compare/compare.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { pretrain } from "../../src/cli/pretrain/pretrain.ts";
import { train } from "../../src/cli/train/train.ts";
import { formatConll } from "../../src/data/conll.ts";
import { type Command, type TrainingFolder } from "../cli/training_folder.ts";
import { syntheticSentences } from "../fixtures.ts";
import { repetitiveText } from "../pretraining/text.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { wholeParts } from "./checks.ts";

/** Its name, as `deno task` knows it. */
export type CommandName = "train" | "pretrain" | "compare";

/** A command that writes into `out`. */
export interface TrainingCommand {
  readonly command: Command;
  /** Writes what it reads. */
  prepare(folder: TrainingFolder): Promise<void>;
  /** Arguments for a run of about so many steps. */
  args(steps: number): string[];
}

const tiny = ["--model", "@model", "--from-scratch", "--out", "@out", "--device", "cpu", "--threads", "1"];
const labelled = ["--train", "@train.conll", "--dev", "@train.conll", "--test", "@train.conll"];
const rates = ["--learning-rate", "1e-3", "--batch-tokens", "20"];

/** All of them. */
export const commands: Readonly<Record<CommandName, TrainingCommand>> = {
  train: {
    command: train,
    prepare: () => Promise.resolve(),
    args: (steps) => [...labelled, ...tiny, ...rates, "--max-steps", `${steps}`],
  },
  pretrain: {
    command: pretrain,
    async prepare(folder) {
      await folder.write("text/a.txt", repetitiveText(40));
      await folder.write("heldout.txt", repetitiveText(5, 4));
    },
    args: (steps) => [
      ...["--text", "@text", "--heldout", "@heldout.txt", ...tiny, ...rates],
      ...["--max-steps", `${steps}`, "--evaluate-every", "2"],
    ],
  },
  compare: {
    command: compare,
    async prepare(folder) {
      for (const [seed, [part, count]] of Object.entries({ train: 8, dev: 2, test: 3 }).entries()) {
        await folder.write(`data/${part}.conll`, formatConll(syntheticSentences(count, seed + 1)));
      }
      await folder.write("raw.txt", repetitiveText(8, 5));
      await folder.writeStore("tagger", await tinyTaggerStore());
    },
    args: (steps) => [
      ...["--train", "@data/train.conll", "--dev", "@data/dev.conll", "--test", "@data/test.conll"],
      ...["--model", "@tagger", "--out", "@out", "--device", "cpu", "--threads", "1", ...rates],
      ...["--unlabelled", "@raw.txt", "--adaptation-epochs", "1", "--arms", "none,span"],
      ...["--sizes", "4", "--seeds", "1", "--budget-epochs", `${Math.ceil(steps / 4)}`],
    ],
  },
};

/** What makes a command go on in a folder that it was ended in: `compare` does so by itself. */
export async function goingOn(name: CommandName, folder: TrainingFolder): Promise<string[]> {
  if (name === "compare") return [];
  return (await wholeParts(new DenoStore(folder.path("out")))).state ? ["--resume"] : [];
}

/** What a command leaves, but for what tells of times and of this machine; a hash for each name. */
export async function results(folder: TrainingFolder): Promise<Record<string, string>> {
  return await hashes(
    folder,
    (path) => /^out\/.*(safetensors|config\.json|tokenizer\.json|\.tags)$/.test(path),
  );
}

/** What a command reads, or what it has nothing to do with. */
export async function inputs(folder: TrainingFolder): Promise<Record<string, string>> {
  return await hashes(folder, (path) => !path.startsWith("out/") || path === THESIS);
}

/** A file in the folder of the results that is none of Lacuna's. */
export const THESIS = "out/thesis.txt";

async function hashes(
  folder: TrainingFolder,
  wanted: (path: string) => boolean,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (dir: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder.path(dir))) {
      const path = dir === "" ? name : `${dir}/${name}`;
      if (isDirectory) await visit(path);
      else if (wanted(path)) found[path] = await hashOf(await Deno.readFile(folder.path(path)));
    }
  };
  await visit("");
  return Object.fromEntries(Object.entries(found).sort());
}

/** SHA-256 in hex. */
export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Makes `out` anew, with nothing in it but what is not ours. */
export async function emptyOut(folder: TrainingFolder): Promise<void> {
  await Deno.remove(folder.path("out"), { recursive: true }).catch(() => {});
  await folder.write(THESIS, "what somebody else wrote");
}
