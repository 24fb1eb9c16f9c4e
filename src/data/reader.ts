import type { Scheme } from "./scheme.ts";
import type { Sentence } from "./sentence.ts";

/** What a file of labelled sentences holds, whatever its format. */
export interface LabelledFile {
  /** The sentences in file order, their tags as IOB2. */
  readonly sentences: Sentence[];
  /** The scheme that the file itself uses. */
  readonly scheme: Scheme;
  /** The line of each sentence's first word, counted from 1; its other words are on the lines that follow. */
  readonly firstLines: number[];
}

/** How a file of labelled sentences is named and read. */
export interface ReadOptions {
  /** The name of the file in error messages. */
  readonly file?: string;
  /**
   * The scheme of the file where it is known. Without it the scheme is recognised from all tags, which a short file of
   * predictions with nothing but illegal tags could mislead.
   */
  readonly scheme?: Scheme;
}

/** A format of labelled sentences. */
export interface Reader {
  /** What people call it. */
  readonly format: string;
  /** How the names of its files end, each with its dot, the most usual first. */
  readonly extensions: readonly string[];
  /**
   * The sentences of a file.
   *
   * @throws {DataError} naming the file and the line, for what the format does not allow
   */
  read(bytes: Uint8Array, options: ReadOptions & { readonly file: string }): LabelledFile;
}
