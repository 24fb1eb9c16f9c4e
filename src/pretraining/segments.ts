import type { Line } from "../data/line_packing.ts";
import { decodeUtf8 } from "../text/utf8.ts";
import type { Corpus, TextFile } from "./corpus.ts";

/** Bytes of a segment: small against a shuffled pool, large against a sequence. */
const SEGMENT_BYTES = 2 ** 16;
/** Bytes that are read at once where the last line of a segment runs on. */
const MORE = 2 ** 12;

/** The lines of a file that begin in a stretch of {@linkcode SEGMENT_BYTES} bytes. */
export interface Segment {
  /** Number of the file. */
  readonly file: number;
  /** First byte of the stretch. */
  readonly start: number;
}

/** The segments of all files: each line begins in exactly one. */
export function segmentsOf({ files }: Corpus): Segment[] {
  return files.flatMap(({ bytes }, file) =>
    Array.from({ length: Math.ceil(bytes / SEGMENT_BYTES) }, (_, i) => ({ file, start: i * SEGMENT_BYTES }))
  );
}

/** Some segments of all files, as far apart from each other as they can be. */
export function sampleOf(corpus: Corpus, count: number): Segment[] {
  const all = segmentsOf(corpus);
  const some = Math.min(count, all.length);
  return Array.from({ length: some }, (_, i) => all[Math.floor(i * all.length / some)]);
}

/** Reads the lines of a segment, and no more of the file than these, a byte before and some behind. */
export async function readSegment({ files }: Corpus, { file, start }: Segment): Promise<Line[]> {
  const { store, path, bytes: size } = files[file];
  const end = Math.min(size, start + SEGMENT_BYTES);
  // A line begins at the segment's first byte only if the byte before it is a line break.
  const from = Math.max(0, start - 1);
  const bytes = await store.read(path, from, end);
  const first = start === 0 ? 0 : bytes.indexOf(0x0a) + 1;
  if (first === 0 && start > 0 || first === bytes.length) return [];
  const rest = await restOfLine(files[file], { at: end, lastByte: bytes[bytes.length - 1] });
  const whole = new Uint8Array(bytes.length - first + rest.length);
  whole.set(bytes.subarray(first));
  whole.set(rest, bytes.length - first);
  return linesOf(whole, store.locate(path));
}

/** What the line that begins before `at` has from there on, with its line break. */
async function restOfLine(
  { store, path, bytes: size }: TextFile & { readonly bytes: number },
  { at, lastByte }: { at: number; lastByte: number },
): Promise<Uint8Array> {
  if (lastByte === 0x0a) return new Uint8Array();
  for (let length = MORE;; length *= 2) {
    const bytes = await store.read(path, at, Math.min(size, at + length));
    const lineBreak = bytes.indexOf(0x0a);
    if (lineBreak >= 0) return bytes.subarray(0, lineBreak + 1);
    if (at + length >= size) return bytes;
  }
}

function linesOf(bytes: Uint8Array, file: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start) + 1 || bytes.length;
    lines.push({ text: decodeUtf8(bytes.subarray(start, end), { file }), bytes: end - start });
    start = end;
  }
  return lines;
}
