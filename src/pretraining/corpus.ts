import { yieldToHost } from "../device/yield_to_host.ts";
import type { Store } from "../store/store.ts";
import { DataError, OptionError } from "../errors.ts";
import { fnv1a, hex } from "../hash.ts";
import { decodeUtf8 } from "../text/utf8.ts";

/** A file of raw text, UTF-8. */
export interface TextFile {
  /** Where the file is. */
  readonly store: Store;
  /** Its name there. */
  readonly path: string;
}

/** Files of raw text that were read through once and found in order. */
export interface Corpus {
  readonly files: readonly (TextFile & { readonly bytes: number })[];
  /** Bytes of all files together. */
  readonly bytes: number;
  /** 64 bits in hex over the contents of the files in their order. */
  readonly hash: string;
}

/** Bytes of one read. */
const PIECE = 2 ** 20;
/** Lines are read whole, so this is memory. */
const LONGEST_LINE = 2 ** 24;

/**
 * Reads text through without keeping it, so that damage is found before a run has cost time, and a run that
 * is resumed can tell whether the text is still the same.
 *
 * @param role what the text is for, as a message names it
 * @throws the signal's reason, if it is aborted
 * @throws {DataError} for files that are not UTF-8, lines of more than 16 MiB, or text without a character
 */
export async function surveyText(
  files: readonly TextFile[],
  role: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Corpus> {
  if (files.length === 0) throw new OptionError(`Expected files of ${role} but found none`);
  const hash = new Hash();
  const surveyed: (TextFile & { bytes: number })[] = [];
  let blank = true;
  for (const file of files) {
    const bytes = await file.store.size(file.path);
    let line = 1;
    for await (const lines of wholeLines(file, bytes)) {
      await yieldToHost(signal);
      const text = decodeUtf8(lines, { file: file.store.locate(file.path), firstLine: line });
      hash.add(lines);
      for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) line++;
      blank &&= text.trim() === "";
    }
    hash.add(Uint8Array.of(0)); // moving lines from one file to the next makes another corpus
    surveyed.push({ ...file, bytes });
  }
  if (blank) {
    const names = files.length === 1 ? files[0].store.locate(files[0].path) : `${files.length} files`;
    throw new DataError(`${names}: expected ${role}, found nothing but white space: check the path`);
  }
  return {
    files: surveyed,
    bytes: surveyed.reduce((sum, { bytes }) => sum + bytes, 0),
    hash: hash.toString(),
  };
}

/**
 * A file as text, in pieces that end where lines end.
 *
 * @throws {DataError} for bytes that are not UTF-8, or lines of more than 16 MiB
 */
export async function* textOf(file: TextFile): AsyncGenerator<string> {
  let firstLine = 1;
  for await (const lines of wholeLines(file, await file.store.size(file.path))) {
    const text = decodeUtf8(lines, { file: file.store.locate(file.path), firstLine });
    yield text;
    firstLine += text.split("\n").length - 1;
  }
}

/** A file in pieces that end where lines end. */
async function* wholeLines({ store, path }: TextFile, bytes: number): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for (let at = 0; at < bytes; at += PIECE) {
    const piece = await store.read(path, at, Math.min(bytes, at + PIECE));
    const whole = new Uint8Array(rest.length + piece.length);
    whole.set(rest);
    whole.set(piece, rest.length);
    const end = whole.lastIndexOf(0x0a) + 1;
    if (end > 0) yield whole.subarray(0, end);
    rest = whole.subarray(end);
    if (rest.length > LONGEST_LINE) {
      throw new DataError(
        `${
          store.locate(path)
        }: expected lines of at most ${LONGEST_LINE} bytes, found a longer one near byte ` +
          `${at}: break the text into lines, for example one a paragraph`,
      );
    }
  }
  if (rest.length > 0) yield rest;
}

/** FNV-1a over bytes and a polynomial over the same, piece by piece. */
class Hash {
  #fnv = fnv1a(new Uint8Array());
  #polynomial = 7;

  add(bytes: Uint8Array): void {
    this.#fnv = fnv1a(bytes, this.#fnv);
    let polynomial = this.#polynomial;
    for (let i = 0; i < bytes.length; i++) polynomial = Math.imul(polynomial, 31) + bytes[i] | 0;
    this.#polynomial = polynomial;
  }

  toString(): string {
    return hex(this.#fnv, this.#polynomial);
  }
}
