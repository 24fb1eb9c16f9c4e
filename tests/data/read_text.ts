import type { LabelledFile, ReadOptions } from "../../src/data/reader.ts";
import { readers } from "../../src/data/readers.ts";

/** Reads a text that needs no unpacking, without waiting. */
export function readText(text: string, options: ReadOptions = {}): LabelledFile {
  const named = { file: "a.txt", ...options };
  const content = { file: named.file, bytes: new TextEncoder().encode(text), head: text.slice(0, 2 ** 16) };
  return readers.find((reader) => reader.detect(content))!.read(content, named) as LabelledFile;
}
