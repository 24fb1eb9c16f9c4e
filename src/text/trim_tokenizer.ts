/** A tokenizer cut to the pieces that some words need. */

import { OptionError } from "../errors.ts";
import { isJsonObject } from "../json/strict_json.ts";
import { message, setting } from "../message.ts";
import { type Tokenizer, tokenizerOf } from "./tokenizer.ts";
import { vocabularyOf } from "./tokenizer_model.ts";
import type { UsedTokenizer } from "./used_tokenizer.ts";

type Json = Readonly<Record<string, unknown>>;

/** A smaller tokenizer, and whose place its ids take. */
export interface TrimmedTokenizer {
  /** tokenizer.json */
  readonly json: Json;
  /** The old id of each new one, ascending. */
  readonly kept: readonly number[];
}

/**
 * Keeps the pieces of the words, those of their letters, the special and added tokens, and what else the way
 * to them takes: of BPE the pieces that are joined to others, of Unigram the least probable piece, on which
 * the score of unknown letters depends. So the words are cut as before, all of them where `pieces` does not
 * ask for fewer.
 *
 * @param words each with how often it is there
 * @param options `pieces` is how many there may be at most: the most frequent ones
 * @throws {OptionError} for fewer pieces than letters and special tokens
 */
export function trimTokenizer(
  used: UsedTokenizer,
  words: ReadonlyMap<string, number>,
  { pieces = Infinity }: { readonly pieces?: number } = {},
): TrimmedTokenizer {
  const { json } = used;
  const ids = vocabularyOf(json);
  const counts = countPieces(used, { words, ids });
  const needed = neededIds(json, { ids, special: used.special, letters: lettersOf(words.keys()) });
  if (needed.size > pieces) {
    throw new OptionError(
      message`Expected ${
        setting("pieces")
      } to be at least ${needed.size}, the letters and special tokens, but found ${pieces}`,
    );
  }
  const wanted = [...counts].filter(([id]) => !needed.has(id)).sort(([a, m], [b, n]) => n - m || a - b);
  const kept = [...needed, ...wanted.slice(0, pieces - needed.size).map(([id]) => id)].sort((a, b) => a - b);
  return { json: renumbered(json, new Map(kept.map((old, id) => [old, id]))), kept };
}

/** How often each piece is made on the way to those of the words, and of the letters that they have. */
function countPieces(
  used: UsedTokenizer,
  { words, ids }: { words: ReadonlyMap<string, number>; ids: ReadonlyMap<string, number> },
): Map<number, number> {
  const counts = new Map<number, number>();
  let weight = 0;
  const add = (id: number | undefined) => {
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + weight);
  };
  const { encodeWord }: Tokenizer = tokenizerOf(used, { onJoin: (piece) => add(ids.get(piece)) });
  for (const [word, count] of words) {
    weight = count;
    encodeWord(word).forEach(add);
  }
  return counts;
}

/** The letters of words, in all forms that normalisers make of them. */
function lettersOf(words: Iterable<string>): Set<string> {
  const letters = new Set<string>();
  for (const word of words) {
    for (const form of [word, ...["NFC", "NFD", "NFKC", "NFKD"].map((form) => word.normalize(form))]) {
      for (const letter of form + form.toLowerCase()) letters.add(letter);
    }
  }
  return letters;
}

/** What stays whatever the words are: letters, bytes, special and added tokens. */
function neededIds(
  json: Json,
  { ids, special, letters }: {
    ids: ReadonlyMap<string, number>;
    special: UsedTokenizer["special"];
    letters: ReadonlySet<string>;
  },
): Set<number> {
  const model = json.model as Json;
  const marks = [model.continuing_subword_prefix, model.end_of_word_suffix].filter((mark) =>
    typeof mark === "string"
  );
  const hasBytes = JSON.stringify([json.pre_tokenizer, json.normalizer]).includes('"ByteLevel"');
  const isLetter = (piece: string) => {
    let bare = piece;
    for (const mark of marks) if (mark !== "") bare = bare.replace(mark as string, "");
    const characters = [...bare];
    if (characters.length !== 1) return false;
    return hasBytes || bare === "▁" || letters.has(bare);
  };
  const needed = new Set<number>(Object.values(special).filter((id) => id !== undefined));
  for (const [piece, id] of ids) {
    if (isLetter(piece) || model.byte_fallback && /^<0x[0-9A-F]{2}>$/.test(piece)) needed.add(id);
  }
  // Placeholders are in no text.
  const added = (json.added_tokens ?? []) as { content: string; id: number }[];
  for (const { content, id } of added) if (!/^[<[]unused_?\d+[>\]]$/.test(content)) needed.add(id);
  if (model.type === "Unigram") {
    const vocab = model.vocab as [string, number][];
    needed.add(vocab.reduce((lowest, [, score], id) => score < vocab[lowest][1] ? id : lowest, 0));
    needed.add(model.unk_id as number);
  }
  return needed;
}

function renumbered(json: Json, newIds: ReadonlyMap<number, number>): Json {
  const added = (json.added_tokens ?? []) as { content: string; id: number }[];
  return {
    ...json,
    truncation: null,
    padding: null,
    added_tokens: added.filter(({ id }) => newIds.has(id)).map((token) => ({
      ...token,
      id: newIds.get(token.id)!,
    })),
    post_processor: processor(json.post_processor, newIds),
    model: trimmedModel(json.model as Json, newIds),
  };
}

function trimmedModel(model: Json, newIds: ReadonlyMap<number, number>): Json {
  if (Array.isArray(model.vocab)) {
    const vocab = model.vocab.filter((_, id) => newIds.has(id));
    return { ...model, vocab, unk_id: newIds.get(model.unk_id as number) };
  }
  const entries = Object.entries(model.vocab as Record<string, number>)
    .filter(([, id]) => newIds.has(id))
    .map(([piece, id]) => [piece, newIds.get(id)!] as const);
  const vocab = Object.fromEntries(entries.sort(([, a], [, b]) => a - b));
  if (!Array.isArray(model.merges)) return { ...model, vocab };
  const prefix = typeof model.continuing_subword_prefix === "string"
    ? model.continuing_subword_prefix.length
    : 0;
  const merges = model.merges.filter((merge) => {
    const [left, right] = typeof merge === "string" ? merge.split(" ") : merge;
    return [left, right, left + right.slice(prefix)].every((piece) => Object.hasOwn(vocab, piece));
  });
  return { ...model, vocab, merges };
}

/** A post_processor names its tokens with their ids. */
function processor(value: unknown, newIds: ReadonlyMap<number, number>): unknown {
  if (!isJsonObject(value)) return value;
  const token = ([content, id]: [string, number]) => [content, newIds.get(id)];
  switch (value.type) {
    case "Sequence":
      return { ...value, processors: (value.processors as unknown[]).map((part) => processor(part, newIds)) };
    case "BertProcessing":
    case "RobertaProcessing":
      return {
        ...value,
        cls: token(value.cls as [string, number]),
        sep: token(value.sep as [string, number]),
      };
    case "TemplateProcessing": {
      const tokens = Object.entries((value.special_tokens ?? {}) as Record<string, { ids: number[] }>)
        .filter(([, { ids }]) => ids.every((id) => newIds.has(id)))
        .map(([name, entry]) => [name, { ...entry, ids: entry.ids.map((id) => newIds.get(id)!) }]);
      return { ...value, special_tokens: Object.fromEntries(tokens) };
    }
    default:
      return value;
  }
}
