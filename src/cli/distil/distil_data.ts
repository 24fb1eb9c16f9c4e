/** What a teacher reads, and the labelled sentences beside it. */

import type { Sentence } from "../../data/sentence.ts";
import { tagSetOf } from "../../data/tag_set.ts";
import { fingerprint } from "../../run/fingerprint.ts";
import { splitSentences, splitWords } from "../../text/words.ts";
import { readTextFile } from "../files/files.ts";
import type { ReadLabelledFile } from "../files/labelled.ts";
import { textFiles } from "../files/text_files.ts";
import { readKnown } from "../train/train_data.ts";

/** Files whose tags are ignored; others are raw text. */
const LABELLED = /\.(conll|tsv)$/i;

/** Everything that a student learns from and is measured on. */
export interface DistillationData {
  /** Words of sentences, of which the teacher says the tags. */
  readonly sentences: readonly (readonly string[])[];
  readonly training: readonly Sentence[];
  readonly dev: readonly Sentence[] | undefined;
  readonly test: readonly Sentence[];
  /** The files, for the log. */
  readonly sources: readonly { role: string; files: readonly string[]; sentences: number; hash: string }[];
}

/**
 * Reads and checks all files; text is split as `predict` does it.
 *
 * @param options `labels` are the teacher's tags
 * @throws {LacunaError} naming the file and, where there is one, the line that is wrong
 */
export async function readDistillationData(
  { text, train, dev, test }: {
    readonly text: readonly string[];
    readonly train?: string;
    readonly dev?: string;
    readonly test?: string;
  },
  { labels, read }: { readonly labels: readonly string[]; readonly read: ReadLabelledFile },
): Promise<DistillationData> {
  const tags = tagSetOf(labels);
  const known = async (path: string | undefined) =>
    path === undefined ? undefined : await readKnown(path, tags, read);
  const sentences: (readonly string[])[] = [];
  for (const { store, path } of await textFiles(text)) {
    sentences.push(...await readWords(store.locate(path), read));
  }
  const data = { training: await known(train) ?? [], dev: await known(dev), test: await known(test) ?? [] };
  const roles = { text: { files: text, read: sentences }, ...labelled({ train, dev, test }, data) };
  const sources = Object.entries(roles).map(([role, { files, read }]) => ({
    role,
    files,
    sentences: read.length,
    hash: fingerprint(read),
  }));
  return { sentences, ...data, sources };
}

function labelled(
  files: { readonly train?: string; readonly dev?: string; readonly test?: string },
  { training, dev, test }: Pick<DistillationData, "training" | "dev" | "test">,
) {
  const read = { training, dev: dev ?? [], test };
  const named = { training: files.train, dev: files.dev, test: files.test };
  return Object.fromEntries(
    (["training", "dev", "test"] as const).flatMap((role) => {
      const file = named[role];
      return file === undefined ? [] : [[role, { files: [file], read: read[role] }]];
    }),
  );
}

async function readWords(path: string, read: ReadLabelledFile): Promise<(readonly string[])[]> {
  if (LABELLED.test(path)) return (await read(path)).sentences.map(({ words }) => words);
  return splitSentences(await readTextFile(path))
    .map(({ text }) => splitWords(text).map(({ text }) => text))
    .filter((words) => words.length > 0);
}
