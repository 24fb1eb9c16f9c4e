/** The sentences of a study: the files that a person names, or the embedded corpus. */

import { fromFileUrl } from "@std/path";
import { copiesIn } from "../../data/copies.ts";
import { labelledExtensions } from "../../data/readers.ts";
import { listed } from "../../json/quote.ts";
import { tagSet } from "../../data/tag_set.ts";
import { LacunaError } from "../../errors.ts";
import type { StudyData } from "../../study/study_data.ts";
import { UsageError } from "../frame/command.ts";
import { DenoStore } from "../files/deno_store.ts";
import { isFolder, readLabelledFile } from "../files/files.ts";
import type { ReadLabelledFile } from "../files/labelled.ts";
import { counted } from "../frame/format.ts";
import { text, texts } from "../frame/options.ts";
import { readKnown } from "../train/train_data.ts";

/** The options that say which sentences there are. */
export const studyDataOptions = {
  data: texts("NAME=DIR", "folders with labelled files train, dev and test, one a language"),
  train: text("FILE", "labelled file that samples are drawn from, for one data set without --data"),
  dev: text("FILE", "labelled file to choose on"),
  test: text("FILE", "labelled file to score on"),
};

/** What the options say. */
export interface StudyDataRequest {
  readonly data?: readonly string[];
  readonly train?: string;
  readonly dev?: string;
  readonly test?: string;
}

/** The embedded corpus: a folder as a person could name it. */
export const EMBEDDED_DATA = { swa: fromFileUrl(new URL("../../../examples/corpus", import.meta.url)) };

/**
 * The folder of each data set, from `NAME=DIR`; undefined where there are none.
 *
 * @throws {UsageError} for what does not have this form
 */
export function dataFolders(data: readonly string[] | undefined): Record<string, string> | undefined {
  if (data === undefined) return undefined;
  const folders = new Map<string, string>();
  for (const given of data) {
    const [, name, folder] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
    if (name === undefined) {
      throw new UsageError(`Expected --data NAME=DIR, such as swa=data/swa, but found ${given}.`);
    }
    if (folders.has(name)) {
      throw new UsageError(`Expected different names with --data, found ${name} twice.`);
    }
    folders.set(name, folder);
  }
  return Object.fromEntries(folders);
}

/**
 * Reads one data set from three files.
 *
 * @throws {UsageError} if one of them is missing
 * @throws {LacunaError} naming the file and, where there is one, the line that is wrong
 */
export async function readFiles(
  { train, dev, test }: StudyDataRequest,
  read: ReadLabelledFile,
): Promise<StudyData> {
  if (train === undefined || dev === undefined || test === undefined) {
    throw new UsageError(
      "Expected --train, --dev and --test together: a study chooses on dev and scores on test.",
    );
  }
  return await readStudyData("data", { train, dev, test }, read);
}

/** Reads data sets from their folders. */
export async function readFolders(
  folders: Readonly<Record<string, string>>,
  read: ReadLabelledFile = readLabelledFile,
): Promise<StudyData[]> {
  const data: StudyData[] = [];
  for (const [name, folder] of Object.entries(folders)) {
    data.push(
      await readStudyData(name, {
        train: await fileOf(folder, "train"),
        dev: await fileOf(folder, "dev"),
        test: await fileOf(folder, "test"),
      }, read),
    );
  }
  return data;
}

/** What a person should know of data that a study takes all the same. */
export function remarksOn(data: readonly StudyData[]): string[] {
  return data.flatMap(({ name, training, dev, test }) => {
    const { count, otherTags } = copiesIn(test, [...training, ...dev]);
    return count === 0 ? [] : [
      `${name}: ${counted(count, "test sentence")} of ${test.length} stand in training or dev, too` +
      `${otherTags > 0 ? `, ${otherTags} of them with other tags` : ""}.`,
    ];
  });
}

async function readStudyData(
  name: string,
  { train, dev, test }: { train: string; dev: string; test: string },
  read: ReadLabelledFile,
): Promise<StudyData> {
  const { sentences: training } = await read(train);
  const tags = tagSet(training, { file: train });
  return {
    name,
    training,
    dev: await readKnown(dev, tags, read),
    test: await readKnown(test, tags, read),
    labels: tags.labels,
  };
}

async function fileOf(folder: string, part: string): Promise<string> {
  if (!await isFolder(folder)) {
    throw new LacunaError(
      `${folder}: expected a folder with train, dev and test, found no folder: check the path`,
    );
  }
  const store = new DenoStore(folder);
  const names = labelledExtensions.map((extension) => part + extension);
  const found: string[] = [];
  for (const name of names) if (await store.exists(name)) found.push(name);
  if (found.length === 1) return store.locate(found[0]);
  throw new LacunaError(
    `${folder}: expected one of ${listed(names, 4)}, found ${
      found.length === 0 ? "none" : found.join(" and ")
    }`,
  );
}
