import { cutDocuments } from "./cut_documents.ts";
import type { LabelledFile } from "./reader.ts";
import { type Reading, summarise } from "./reading.ts";
import type { Scheme } from "./scheme.ts";
import type { Sentence } from "./sentence.ts";

/** What the readers of all formats know of what they read. */
export interface ReadSentences
  extends Pick<Reading, "file" | "format" | "columns" | "notes" | "faults" | "spans" | "annotators"> {
  /** With IOB2 tags. */
  readonly sentences: Sentence[];
  /** The number of each sentence's document, `[sentences]`. */
  readonly documents: readonly number[];
  /** The scheme of the file's tags; undefined where its mentions are offsets. */
  readonly scheme?: Scheme;
  /** Whether documents that stand as one sentence are cut; undefined: where most of them are. */
  readonly cut: boolean | undefined;
  /** Where a word stands. */
  placeOf(sentence: number, word: number): string;
}

/** What was read as what is used: documents are cut, numbers are counted. */
export function labelledFile(read: ReadSentences): LabelledFile {
  const { sentences, originOf, note } = cutDocuments(read.sentences, read.cut);
  const { file, format, scheme, columns, faults, spans, annotators } = read;
  const notes = [...read.notes, ...note === undefined ? [] : [note]];
  return {
    sentences,
    scheme: scheme ?? "IOB2",
    documents: sentences.map((_, sentence) => read.documents[originOf(sentence).sentence]),
    reading: summarise(sentences, { file, format, scheme, columns, notes, faults, spans, annotators }),
    placeOf(sentence, word = 0) {
      const origin = originOf(sentence);
      return read.placeOf(origin.sentence, origin.word + word);
    },
  };
}
