/** The model of a tokenizer.json, which is its vocabulary and how words are cut into it, checked. */

import { CheckpointError } from "../errors.ts";
import { quote } from "../json/quote.ts";

type Json = Readonly<Record<string, unknown>>;

/** Sixty times the largest vocabulary in use. */
const MOST_IDS = 2 ** 24;

/**
 * The model of the file with what old files leave out, its type and the mark of WordPiece; the same value
 * where it says both.
 *
 * @param json the file, whose other fields are known to be right
 * @throws {CheckpointError} for a vocabulary, merges or an unknown token that no such model has
 */
export function checkedModel(json: Json): Json & { readonly type: string } {
  const model = json.model as Json;
  const type = typeof model.type === "string" ? model.type : typeOf(model);
  const added = (json.added_tokens ?? []) as { readonly content: string; readonly id?: unknown }[];
  const tokens: (readonly [token: unknown, id: unknown])[] = type === "Unigram"
    ? checkedScores(model.vocab).map(([token], id) => [token, id] as const)
    : Object.entries(checkedObject(model.vocab));
  checkIds([...tokens, ...added.map(({ content, id }) => [content, id] as const)]);
  if (type === "BPE") checkMerges(model);
  checkUnknown(model, type);
  const isWhole = model.type === type && (type !== "WordPiece" || "continuing_subword_prefix" in model);
  if (isWhole) return model as Json & { readonly type: string };
  return type === "WordPiece" ? { continuing_subword_prefix: "##", ...model, type } : { ...model, type };
}

/** The id of every token of a file whose model is checked; added tokens come last. */
export function vocabularyOf({ model, added_tokens }: Json): Map<string, number> {
  const { vocab } = model as Json;
  const ids = new Map<string, number>(
    Array.isArray(vocab)
      ? vocab.map(([token]: [string], id) => [token, id])
      : Object.entries(vocab as Record<string, number>),
  );
  const added = (added_tokens ?? []) as { readonly content: string; readonly id: number }[];
  for (const { content, id } of added) ids.set(content, id);
  return ids;
}

function typeOf({ vocab, merges }: Json): string {
  return Array.isArray(vocab) ? "Unigram" : merges === undefined ? "WordPiece" : "BPE";
}

function refuse(expected: string, found: string): CheckpointError {
  return new CheckpointError(`tokenizer.json: expected ${expected}, found ${found}: take a fresh copy`);
}

function checkedObject(vocab: unknown): object {
  if (typeof vocab === "object" && vocab !== null && !Array.isArray(vocab)) return vocab;
  throw refuse("model.vocab to give every token its id", quote(vocab));
}

function checkedScores(vocab: unknown): [string, number][] {
  if (!Array.isArray(vocab)) throw refuse("model.vocab to be a list of tokens with scores", quote(vocab));
  const wrong = vocab.findIndex((entry) =>
    !(Array.isArray(entry) && typeof entry[0] === "string" && Number.isFinite(entry[1]))
  );
  if (wrong >= 0) throw refuse("model.vocab to be a list of tokens with scores", quote(vocab[wrong]));
  return vocab;
}

/**
 * The package has an array of all ids up to the highest, so one far above the rest would fill time and
 * memory.
 */
function checkIds(tokens: readonly (readonly [token: unknown, id: unknown])[]): void {
  const most = Math.min(MOST_IDS, 2 ** 16 + 8 * tokens.length);
  const valid = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < most;
  const wrong = tokens.find(([, id]) => !valid(id));
  if (wrong === undefined) return;
  throw refuse(
    `every token to have an id from 0 to ${most - 1}`,
    `${quote(wrong[1])} for ${quote(wrong[0])}`,
  );
}

function checkMerges({ merges, vocab, continuing_subword_prefix }: Json): void {
  const wanted = "model.merges to be a list of pairs";
  if (!Array.isArray(merges)) throw refuse(wanted, quote(merges));
  const isText = (part: unknown) => typeof part === "string";
  const wrong = merges.findIndex((merge) =>
    Array.isArray(merges[0])
      ? !(Array.isArray(merge) && merge.length === 2 && merge.every(isText))
      : !(isText(merge) && merge.includes(" "))
  );
  if (wrong >= 0) throw refuse(wanted, quote(merges[wrong]));
  const prefix = typeof continuing_subword_prefix === "string" ? continuing_subword_prefix.length : 0;
  const isPiece = (text: string | undefined) => text !== undefined && Object.hasOwn(vocab as object, text);
  const unknown = merges.find((merge) => {
    const [left, right] = typeof merge === "string" ? merge.split(" ") : merge;
    return !(isPiece(left) && isPiece(right) && isPiece(left + right.slice(prefix)));
  });
  if (unknown === undefined) return;
  throw refuse("model.merges to join two tokens of the vocabulary to a third", quote(unknown));
}

/** Without a token for what it cannot spell the package would give `undefined` in the place of an id. */
function checkUnknown({ vocab, unk_token, unk_id }: Json, type: string): void {
  // What it cannot spell a BPE without one leaves out, as in Rust.
  if (type === "BPE" && (unk_token === null || unk_token === undefined)) return;
  const known = type === "Unigram"
    ? Number.isInteger(unk_id) && Object.hasOwn(vocab as unknown[], unk_id as number)
    : typeof unk_token === "string" && Object.hasOwn(vocab as object, unk_token);
  if (known) return;
  const [name, value] = type === "Unigram" ? ["unk_id", unk_id] : ["unk_token", unk_token];
  throw refuse(`the model's ${name} to be in its vocabulary`, value === undefined ? "none" : quote(value));
}
