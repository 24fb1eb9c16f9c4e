/** A temporary folder with labelled sentences and a tiny model, in which commands run. */

import type { Terminal } from "../../src/cli/frame/terminal.ts";
import type { MemoryStore } from "../../src/store/memory_store.ts";
import { tinyModelStore } from "../fixtures.ts";
import { learntConll } from "../tiny_tagger.ts";
import { onTerminal, type Run } from "./terminal.ts";

/** A command as its module exports it. */
export type Command = (terminal: Terminal) => Promise<number>;

/** What a test does in the folder. */
export interface TrainingFolder {
  /** The full name of a file there. */
  path(name: string): string;
  /** Writes a text or bytes. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** Writes all files of a store below a folder. */
  writeStore(name: string, store: MemoryStore): Promise<void>;
  /**
   * Runs a command; `@name` in the arguments is a file of the folder, and outputs have bare names in return.
   */
  run(command: Command, args: readonly string[], options?: RunOptions): Promise<Run>;
}

/** How a command is run. */
export interface RunOptions {
  readonly stdin?: string;
  /** Ctrl-C is pressed as soon as this is written to stderr. */
  readonly interruptAt?: string;
}

/** Calls `test` with a folder that holds `train.conll` and, in `model`, a tiny model without weights. */
export async function inTrainingFolder(test: (folder: TrainingFolder) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const path = (name: string) => `${root}/${name}`;
  const folder: TrainingFolder = {
    path,
    async write(name, content) {
      await Deno.mkdir(path(name).slice(0, path(name).lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(
        path(name),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    },
    async writeStore(name, store) {
      for (const file of await store.list("")) {
        await this.write(`${name}/${file}`, await store.read(file, 0, await store.size(file)));
      }
    },
    async run(command, args, { stdin, interruptAt } = {}) {
      const paths = args.map((arg) => arg.replace(/^@/, `${root}/`));
      const { exitCode, stdout, stderr } = await onTerminal(paths, (terminal, interrupt) => {
        if (interruptAt === undefined) return command(terminal);
        let seen = "";
        const watched = (text: string) => {
          terminal.stderr(text);
          const before = seen.includes(interruptAt);
          seen += text;
          if (!before && seen.includes(interruptAt)) interrupt();
        };
        return command({ ...terminal, stderr: watched });
      }, { stdin });
      const bare = (text: string) => text.replaceAll(`${root}/`, "");
      return { exitCode, stdout: bare(stdout), stderr: bare(stderr) };
    },
  };
  try {
    await folder.write("train.conll", learntConll);
    await folder.writeStore("model", await tinyModelStore());
    await test(folder);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/**
 * Arguments of `train` for a run in the folder that learns its sentences by heart, in a fraction of a second.
 */
export const quickly = [
  ...["--train", "@train.conll", "--dev", "@train.conll", "--test", "@train.conll"],
  ...["--model", "@model", "--from-scratch", "--out", "@out", "--device", "cpu"],
  ...["--learning-rate", "1e-2", "--head-learning-rate", "1e-2", "--batch-tokens", "20", "--epochs", "20"],
];
