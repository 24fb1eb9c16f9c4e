import type { Reading } from "./reading.ts";
import type { Scheme } from "./scheme.ts";
import type { Sentence } from "./sentence.ts";

/** What a file of labelled sentences holds, whatever its format. */
export interface LabelledFile {
  /** The sentences in file order, their tags as IOB2. */
  readonly sentences: Sentence[];
  /** The scheme that the file itself uses; `IOB2` for files whose mentions are offsets. */
  readonly scheme: Scheme;
  /**
   * The number of each sentence's document, not falling, `[sentences]`: all 0 in a file that knows no
   * documents.
   */
  readonly documents: readonly number[];
  /** What a person should know of what was read. */
  readonly reading: Reading;
  /** Where a word of a sentence stands, both counted from 0, for messages: `train.conll:12`. */
  placeOf(sentence: number, word?: number): string;
}

/** How a file of labelled sentences is named and read. */
export interface ReadOptions {
  /** The name of the file in error messages. */
  readonly file?: string;
  /** The format, by the name in the table of readers; without it, it is recognised from the content. */
  readonly format?: string;
  /**
   * The scheme of the file where it is known. Without it the scheme is recognised from all tags, which a
   * short file of predictions with nothing but illegal tags could mislead.
   */
  readonly scheme?: Scheme;
  /**
   * The scheme of the file that this one is compared with. Tags that could be IOB1 or IOB2 are read in it:
   * predictions of nothing but illegal tags look like IOB1.
   */
  readonly like?: Scheme;
  /** The column of the words: its number from 1, or its name in the header. */
  readonly wordColumn?: string;
  /** The column of the tags: its number from 1, or its name in the header. */
  readonly tagColumn?: string;
  /** Which of several layers of nested names is read, 1 being the outer one. */
  readonly layer?: number;
  /** Of texts that several people have annotated, whose annotation is read; by default the last one. */
  readonly annotator?: string;
  /** The names of tags that a file has as numbers, in order. */
  readonly labels?: readonly string[];
  /** Leaves out sentences with faulty lines instead of refusing the file. */
  readonly skipFaulty?: boolean;
  /** Takes the predicted tags of a file that has both gold and predicted ones. */
  readonly predicted?: boolean;
  /**
   * Whether documents that stand there as one sentence are cut at sentence ends; undefined: where most of
   * them are.
   */
  readonly cut?: boolean;
}

/** A file's bytes and what a detector looks at. */
export interface FileContent {
  /** Its name, for messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The first characters as text, without a byte order mark; bytes that are not UTF-8 are U+FFFD. */
  readonly head: string;
}

/** A format of labelled sentences. */
export interface Reader {
  /** Its name as a setting. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** How the names of its files end, each with its dot, the most usual first. */
  readonly extensions: readonly string[];
  /** Whether a file is of this format, by its content. */
  detect(content: FileContent): boolean;
  /**
   * The sentences of a file.
   *
   * @throws {DataError} naming the file and the line, for what the format does not allow
   */
  read(
    content: FileContent,
    options: ReadOptions & { readonly file: string },
  ): LabelledFile | Promise<LabelledFile>;
}
