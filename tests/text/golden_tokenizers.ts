import { loadTokenizer, type Tokenizer } from "../../src/text/tokenizer.ts";

type Json = Record<string, unknown>;

const GOLDEN = new URL("../golden/", import.meta.url);

/** The parsed JSON of a file in tests/golden. */
export function golden(name: string): Json {
  return JSON.parse(Deno.readTextFileSync(new URL(name, GOLDEN)));
}

/** A fresh copy of the tokenizer.json of a tiny tokenizer, to be changed at will. */
export function tinyJson(kind: "wordpiece" | "unigram" | "bpe"): Json {
  return golden(`tokenizer_${kind}.json`);
}

/** A tiny tokenizer of tests/golden. */
export function tinyTokenizer(kind: "wordpiece" | "unigram" | "bpe"): Tokenizer {
  return loadTokenizer({ tokenizerJson: tinyJson(kind) });
}

/** The folder of a shared resource, or undefined where it is absent. */
export function sharedFolder(path: string): URL | undefined {
  const folder = new URL(`../../../shared/${path}/`, import.meta.url);
  try {
    return Deno.statSync(folder).isDirectory ? folder : undefined;
  } catch {
    return undefined;
  }
}
