/** The sentences of a training run: a person's files or the embedded corpus, samples and splits. */

import { fromFileUrl } from "@std/path";
import { copiesIn, isCopyOf } from "../../data/copies.ts";
import { sampleSentences } from "../../data/dataset.ts";
import type { Sentence } from "../../data/sentence.ts";
import { tagIndexes, type TagSet, tagSet } from "../../data/tag_set.ts";
import type { Reading } from "../../data/reading.ts";
import { DataError } from "../../errors.ts";
import { splitSentences } from "../../text/words.ts";
import { fingerprint } from "../../run/fingerprint.ts";
import { LABELLED_FILES, type NamedPath, placesOf } from "../files/apart.ts";
import { UsageError } from "../frame/command.ts";
import { readTextFile } from "../files/files.ts";
import { readingOptions, type ReadingRequest, type ReadLabelledFile } from "../files/labelled.ts";
import { counted, formatCount } from "../frame/format.ts";
import { text, wholeNumber } from "../frame/options.ts";

/** The options that say which sentences there are. */
export const dataOptions = {
  train: text(
    "FILE",
    "labelled file to learn from (default: the embedded Swahili corpus)",
  ),
  dev: text("FILE", "labelled file to choose the best epoch on (default: a tenth of --train, held out)"),
  test: text("FILE", "labelled file to score the best model on"),
  unlabelled: text("FILE", "raw text of the language: masked language modelling on it comes first"),
  limit: wholeNumber("learns from a seeded sample of so many sentences; samples of one seed nest", {
    min: 1,
  }),
  ...readingOptions,
};

/** Values of {@linkcode dataOptions}, and the seed of samples and splits. */
export interface DataRequest extends ReadingRequest {
  readonly train?: string;
  readonly dev?: string;
  readonly test?: string;
  readonly unlabelled?: string;
  readonly limit?: number;
  readonly seed: number;
}

/** Everything that a run learns from and is measured on. */
export interface TrainingData {
  readonly training: readonly Sentence[];
  readonly dev: readonly Sentence[];
  readonly test: readonly Sentence[];
  readonly unlabelled: readonly string[];
  /** The tags of the whole training file; a sample may lack some. */
  readonly labels: readonly string[];
  /** The files, for the log. */
  readonly sources: readonly DataSource[];
  /** Lines for the person on what was made of the files. */
  readonly notes: readonly string[];
}

/** Where sentences come from. */
export interface DataSource {
  readonly role: "training" | "dev" | "test" | "unlabelled";
  readonly file: string;
  readonly sentences: number;
  /** Hash of the sentences as they are used. */
  readonly hash: string;
  /** What the file holds, with all mentions that did not fit to words; undefined for raw text. */
  readonly read?: Reading;
}

/**
 * Reads and checks all files.
 *
 * @throws {UsageError} for `--dev` or `--test` without `--train`
 * @throws {LacunaError} naming the file and, where there is one, the line that is wrong
 */
export async function readTrainingData(
  request: DataRequest,
  readFile: ReadLabelledFile,
): Promise<TrainingData> {
  const readings = new Map<string, Reading>();
  const read: ReadLabelledFile = async (path, options) => {
    const file = await readFile(path, options);
    readings.set(path, file.reading);
    return file;
  };
  const files = filesOf(request);
  const { sentences: whole } = await read(files.train);
  const tags = tagSet(whole, { file: files.train });
  const held = files.dev === undefined ? holdOut(whole, { ...request, file: files.train }) : undefined;
  const drawn = sample(held?.rest ?? whole, request);
  const data = {
    training: drawn.sentences,
    dev: held?.dev ?? await readKnown(files.dev!, tags, read),
    test: files.test === undefined ? [] : await readKnown(files.test, tags, read),
    unlabelled: files.unlabelled === undefined ? [] : await readRaw(files.unlabelled),
  };
  const named = { training: files.train, dev: files.dev ?? files.train, ...files };
  const sources = (["training", "dev", "test", "unlabelled"] as const).flatMap((role) => {
    const file = named[role];
    return file === undefined ? [] : [{
      role,
      file,
      sentences: data[role].length,
      hash: fingerprint(data[role]),
      read: readings.get(file),
    }];
  });
  const notes = [held?.note, drawn.note, ...copyNotes(data)].filter((note) => note !== undefined);
  return { ...data, labels: tags.labels, sources, notes };
}

interface Files {
  readonly train: string;
  readonly dev?: string;
  readonly test?: string;
  readonly unlabelled?: string;
}

/** The files that are read. */
export function dataPlaces(request: Omit<DataRequest, "seed">): NamedPath[] {
  const { train, dev, test, unlabelled } = request;
  const named = placesOf({ train, dev, test, unlabelled });
  if (train !== undefined) return named;
  return [{ option: "the embedded corpus", path: embeddedCorpus, files: LABELLED_FILES }, ...named];
}

const embeddedCorpus = fromFileUrl(new URL("../../../examples/corpus", import.meta.url));

/** What the person names, or the embedded corpus. */
function filesOf({ train, dev, test, unlabelled }: DataRequest): Files {
  if (train !== undefined) return { train, dev, test, unlabelled };
  if (dev !== undefined || test !== undefined) {
    throw new UsageError("Expected --train with --dev or --test: without it the embedded corpus is used.");
  }
  const embedded = (name: string) => `${embeddedCorpus}/${name}.conll`;
  return { train: embedded("train"), dev: embedded("dev"), test: embedded("test"), unlabelled };
}

/** The sentences of a file whose tags have to be among those of the training file. */
export async function readKnown(
  path: string,
  tags: TagSet,
  read: ReadLabelledFile,
): Promise<Sentence[]> {
  const { sentences, placeOf } = await read(path);
  for (const [i, sentence] of sentences.entries()) {
    const unknown = sentence.tags.findIndex((tag) => !tags.indexes.has(tag));
    // Throws, with the line of the tag.
    if (unknown >= 0) tagIndexes(tags, sentence, { file: placeOf(i, unknown) });
  }
  return sentences;
}

async function readRaw(path: string): Promise<string[]> {
  const sentences = splitSentences(await readTextFile(path)).map(({ text }) => text);
  if (sentences.length === 0) {
    throw new DataError(`${path}: expected raw text of the language, found none: check the path`);
  }
  return sentences;
}

/** How many sentences of dev and test are learnt, too: scores on them say nothing of other text. */
function copyNotes({ training, dev, test }: Pick<TrainingData, "training" | "dev" | "test">): string[] {
  return Object.entries({ dev, test }).flatMap(([part, sentences]) => {
    const { count, otherTags } = copiesIn(sentences, training);
    const other = otherTags > 0 ? `, ${formatCount(otherTags)} of them with other tags` : "";
    return count === 0 ? [] : [
      `${formatCount(count)} of ${
        counted(sentences.length, `${part} sentence`)
      } stand in training, too${other}.`,
    ];
  });
}

/** A seeded tenth for dev, and the rest. */
function holdOut(
  sentences: readonly Sentence[],
  { file, seed }: { readonly file: string; readonly seed: number },
): { dev: Sentence[]; rest: Sentence[]; note: string } {
  if (sentences.length < 2) {
    throw new DataError(
      `${file}: expected at least 2 sentences, to hold one out for dev, found ${sentences.length}: give --dev`,
    );
  }
  // What is held out takes its copies along: a sentence that is learnt says nothing on dev.
  const isHeld = isCopyOf(sampleSentences(sentences, Math.ceil(sentences.length / 10), { seed }));
  const dev = sentences.filter(isHeld);
  const rest = sentences.filter((sentence) => !isHeld(sentence));
  if (rest.length === 0) {
    throw new DataError(
      `${file}: expected more different sentences, to hold some out for dev, found copies of a few: give --dev`,
    );
  }
  const note = `No --dev: ${formatCount(dev.length)} of the ${
    counted(sentences.length, "training sentence")
  } are held out for it.`;
  return { dev, rest, note };
}

function sample(
  sentences: readonly Sentence[],
  { limit, seed }: { readonly limit?: number; readonly seed: number },
): { sentences: readonly Sentence[]; note?: string } {
  if (limit === undefined || limit >= sentences.length) return { sentences };
  const note = `A sample of ${formatCount(limit)} of the ${counted(sentences.length, "training sentence")}.`;
  return { sentences: sampleSentences(sentences, limit, { seed }), note };
}
