/** Labelled files of a command: how they are read, and what is said of each. */

import type { LabelledFile, ReadOptions } from "../../data/reader.ts";
import { readers } from "../../data/readers.ts";
import type { Reading } from "../../data/reading.ts";
import { SCHEMES } from "../../data/scheme.ts";
import type { Console } from "../frame/command.ts";
import { counted, formatCount, harmless } from "../frame/format.ts";
import { choice, flag, listOf, text, type Values, wholeNumber } from "../frame/options.ts";
import { readLabelledFile } from "./files.ts";

/** Options of every command that reads labelled files; they hold for all of them. */
export const readingOptions = {
  format: choice("what labelled files are (default: found out)", readers.map(({ name }) => name)),
  scheme: choice("the scheme of their tags (default: found out)", SCHEMES),
  wordColumn: text("N", "the column of the words, its number from 1 or its name (default: found out)"),
  tagColumn: text("N", "the column of the tags, its number from 1 or its name (default: found out)"),
  layer: wholeNumber("which of nested layers of names is read (default: 1, the outer one)", { min: 1 }),
  annotator: text(
    "NAME",
    "whose annotation is read where several people have annotated a text (default: the last)",
  ),
  labels: listOf(text("TAG", "what numbers of tags mean, in order, where the file does not say it")),
  skipFaulty: flag("leaves out sentences with faulty lines instead of refusing their file"),
  keepDocuments: flag("leaves documents that stand as one sentence as they are instead of cutting them"),
};

/** Values of {@linkcode readingOptions}. */
export type ReadingRequest = Partial<Values<typeof readingOptions>>;

/** Reads a labelled file of a command. */
export type ReadLabelledFile = (path: string, options?: ReadOptions) => Promise<LabelledFile>;

/** Reads files as the options of a command say, and says what each of them holds. */
export function labelledReader(
  { keepDocuments, ...request }: ReadingRequest,
  console: Pick<Console, "progress" | "read">,
): ReadLabelledFile {
  return async (path, options = {}) => {
    const asked = Object.fromEntries(
      Object.keys(readingOptions).map((name) => [name, (request as Record<string, unknown>)[name]]),
    );
    const file = await readLabelledFile(path, { ...asked, ...keepDocuments && { cut: false }, ...options });
    for (const line of describeReading(file.reading)) console.progress(line);
    console.read(file.reading);
    return file;
  };
}

/** What became of mentions, the first ten of them, and how much people agree. */
function describeSpans({ spans, annotators }: Reading): string[] {
  const kinds = spans
    ? ([["widened", "widened to whole words"], ["split", "split"], [
      "nested",
      "left out, being in longer ones",
    ], [
      "dropped",
      "left out, having no word",
    ], [
      "differing",
      "with another text there than the file says",
    ]] as const).filter(([kind]) => spans[kind] > 0).map(([kind, what]) =>
      `${formatCount(spans[kind])} ${what}`
    )
    : [];
  return [
    ...spans
      ? [`mentions: ${kinds.join(", ")}; the first:`, ...spans.list.slice(0, 10).map((span) => `  ${span}`)]
      : [],
    ...annotators
      ? [
        `${counted(annotators.texts, "text")} ${
          annotators.texts === 1 ? "has" : "have"
        } several annotations, whose ` +
        `mentions agree with F1 ${(100 * annotators.f1).toFixed(1)}`,
      ]
      : [],
  ];
}

/** One block for a person on what was read. */
export function describeReading(reading: Reading): string[] {
  const { file, format, scheme, columns, sentences, words, mentions, longest, notes, faults } = reading;
  const { strayInside, repeated } = reading;
  const how = [format, scheme, columns && `words in column ${columns.word}, tags in ${columns.tag}`];
  const types = Object.entries(mentions).map(([type, count]) => `${type} ${formatCount(count)}`);
  const shown = types.length > 12 ? [...types.slice(0, 12), `and ${types.length - 12} more types`] : types;
  const remarks = [
    ...strayInside > 0
      ? [`${counted(strayInside, "I- tag")} ${strayInside === 1 ? "continues" : "continue"} nothing`]
      : [],
    ...repeated > 0
      ? [`${counted(repeated, "sentence")} ${repeated === 1 ? "stands" : "stand"} there before`]
      : [],
    ...notes,
    ...describeSpans(reading),
    ...faults.count > 0
      ? [
        `${counted(faults.count, "fault")}, ${counted(faults.skipped, "sentence")} left out:`,
        ...faults.first.map((fault) => `  ${fault}`),
      ]
      : [],
  ];
  return [
    `${file}: ${how.filter((part) => part !== undefined).join(", ")}`,
    `  ${counted(sentences, "sentence")}, ${counted(words, "word")}, at most ${formatCount(longest)} in one`,
    `  ${shown.length === 0 ? "no mentions" : shown.join(", ")}`,
    ...remarks.map((remark) => `  ${remark}`),
  ].map((line) => harmless(line));
}
