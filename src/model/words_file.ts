/**
 * A CRF of word features as a safetensors file: its weights as tensors, and what they are of in the metadata.
 * A tagger of words alone is one such file, model.safetensors; where words stand beside an encoder it is a
 * part of the model's folder, words.safetensors, which transformers does not look at.
 *
 * @module
 */

import { type PartName, readPart, readSeal, saveFolder, WEIGHTS } from "../checkpoint/model_folder.ts";
import {
  fromFloat32,
  openSafetensors,
  type TensorSource,
  type TensorToWrite,
  toFloat32,
  writeSafetensors,
} from "../checkpoint/safetensors.ts";
import { DISTANCES, WordCrf } from "../crf/word_crf.ts";
import { v } from "../dependencies.ts";
import { OptionError } from "../errors.ts";
import { checkSchema } from "../json/schema.ts";
import { refusal } from "../json/refusal.ts";
import { MemoryStore } from "../store/memory_store.ts";
import { decodeJson, joinPath, readBytes, type Store } from "../store/store.ts";

/** The words beside an encoder. */
export const WORDS: PartName = "words.safetensors";

/** Words beside an encoder, and how much they count. */
export interface JoinedWords {
  readonly crf: WordCrf;
  /** What their scores are multiplied by before they are added to those of the encoder. */
  readonly weight: number;
}

/** Key of what they are in the metadata. */
const KEY = "lacuna_words";
/** Changes when features do, or what stands where. */
const VERSION = 1;

const WEIGHT = "a number from 0";
const schema = v.object({
  version: v.literal(VERSION, `${VERSION}, which is all that this version of Lacuna knows`),
  labels: v.array(v.string("a text"), "a list of tags"),
  weight: v.optional(v.pipe(v.number(WEIGHT), v.finite(WEIGHT), v.minValue(0, WEIGHT))),
});

/** What a file of words holds. */
export interface WordsContent {
  readonly tensors: readonly TensorToWrite[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A CRF as what is written. */
export function wordsContent(crf: WordCrf, { weight }: { readonly weight?: number } = {}): WordsContent {
  const { labels, traits, rows, weights, transitions } = crf.parts;
  const names = new TextEncoder().encode(JSON.stringify(traits));
  const tags = labels.length;
  return {
    tensors: [
      { name: "traits", dtype: "U8", shape: [names.length], bytes: () => names },
      {
        name: "rows",
        dtype: "I32",
        shape: [traits.length, DISTANCES],
        bytes: () => new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength),
      },
      {
        name: "weights",
        dtype: "F32",
        shape: [weights.length / tags, tags],
        bytes: () => fromFloat32("F32", weights),
      },
      {
        name: "transitions",
        dtype: "F32",
        shape: [tags, tags],
        bytes: () => fromFloat32("F32", transitions),
      },
    ],
    metadata: { [KEY]: JSON.stringify({ version: VERSION, labels, weight }) },
  };
}

/** The bytes of words that stand beside an encoder. */
export async function wordsFile({ crf, weight }: JoinedWords): Promise<Uint8Array> {
  const store = new MemoryStore();
  await writeSafetensors(store, WORDS, wordsContent(crf, { weight }));
  return await readBytes(store, WORDS);
}

/**
 * Saves a CRF as a model of its own: model.safetensors, and no other file. All of it or nothing (see
 * `saveFolder`).
 */
export async function saveWords(
  crf: WordCrf,
  store: Store,
  { dir }: { readonly dir: string },
): Promise<void> {
  const { tensors, metadata } = wordsContent(crf);
  await saveFolder(store, dir, { parts: new Map(), labels: crf.parts.labels, tensors, metadata });
}

/** Whether a file is one of words. */
export function holdsWords({ metadata }: TensorSource): boolean {
  return metadata?.[KEY] !== undefined;
}

/**
 * The CRF in a file of words.
 *
 * @throws {CheckpointError} if the file is none of words, or is damaged
 */
export async function readWords(source: TensorSource): Promise<{ crf: WordCrf; weight: number | undefined }> {
  const { file, metadata } = source;
  const json = metadata?.[KEY];
  if (json === undefined) {
    throw refusal(file, { expected: `the weights of word features (${KEY})`, found: "none" });
  }
  const bytes = new TextEncoder().encode(json);
  const { labels, weight } = checkSchema(schema, decodeJson(bytes, file), { file });
  const read = async (name: string, dtype: string) => {
    const tensor = source.tensors.get(name);
    if (tensor?.dtype !== dtype) {
      throw refusal(file, { tensor: name, expected: dtype, found: tensor?.dtype ?? "no such tensor" });
    }
    return await source.read(name);
  };
  const traits = checkSchema(
    v.array(v.string("a text"), "a list of texts"),
    decodeJson(await read("traits", "U8"), file),
    {
      file,
      tensor: "traits",
    },
  );
  const numbers = async (name: string) => {
    const values = toFloat32("F32", await read(name, "F32"));
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw refusal(file, { tensor: name, expected: "finite weights", found: `${bad}` });
    return values;
  };
  try {
    const crf = new WordCrf({
      labels,
      traits,
      rows: new Int32Array((await read("rows", "I32")).buffer),
      weights: await numbers("weights"),
      transitions: await numbers("transitions"),
    });
    return { crf, weight };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw refusal(file, { expected: "tensors that fit each other", found: error.message });
  }
}

/**
 * The CRF of a folder whose model is one of words alone; undefined where it is none.
 *
 * @throws {CheckpointError} if the file is damaged
 */
export async function openWords(store: Store, dir: string): Promise<WordCrf | undefined> {
  const path = joinPath(dir, WEIGHTS);
  if (!await store.exists(path)) return undefined;
  const source = await openSafetensors(store, path);
  return holdsWords(source) ? (await readWords(source)).crf : undefined;
}

/**
 * The words beside the encoder of a folder, if there are some.
 *
 * @param options `labels` are the tags of the model
 * @throws {CheckpointError} if the file is damaged, or is not the one with which the model was saved
 */
export async function openJoinedWords(
  store: Store,
  { dir, labels }: { readonly dir: string; readonly labels: readonly string[] },
): Promise<JoinedWords | undefined> {
  const part = await readPart(store, dir, WORDS);
  const lost = !part && (await readSeal(store, dir))?.parts.has(WORDS);
  if (part?.changed || lost) {
    throw refusal(store.locate(joinPath(dir, WORDS)), {
      expected: "the words with which the model beside it was saved",
      found: lost ? "no such file" : "others",
      advice: "put the file back that was saved with it",
    });
  }
  if (!part) return undefined;
  const source = await openSafetensors(new OneFile(part), WORDS);
  const { crf, weight } = await readWords(source);
  if (weight === undefined || crf.parts.labels.join() !== labels.join()) {
    throw refusal(part.file, {
      expected: `a weight, and the tags of the model, ${labels.join(", ")}`,
      found: `the weight ${weight} and ${crf.parts.labels.join(", ")}`,
    });
  }
  return { crf, weight };
}

/** A part in memory, under its full name for messages. */
class OneFile extends MemoryStore {
  readonly #file: string;

  constructor({ file, bytes }: { readonly file: string; readonly bytes: Uint8Array }) {
    super({ [WORDS]: bytes });
    this.#file = file;
  }

  override locate(): string {
    return this.#file;
  }
}
