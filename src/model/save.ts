import { CARD, type PartName, saveFolder } from "../checkpoint/model_folder.ts";
import { isQuantised, type QuantisedDtype, quantisedTensors } from "../checkpoint/quantised.ts";
import { fromFloat32, type TensorToWrite } from "../checkpoint/safetensors.ts";
import { readPieces } from "../device/read_pieces.ts";
import { CheckpointError } from "../errors.ts";
import type { ParameterSpec } from "../nn/specs.ts";
import type { Store } from "../store/store.ts";
import { savedHeads, specsOf } from "./heads.ts";
import type { Model } from "./model.ts";
import { withTemperature } from "./reading.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";
import { type JoinedWords, WORDS, wordsFile } from "./words_file.ts";
import { configText, writeConfig } from "./write_config.ts";

/**
 * Number formats in which weights can be saved: F16 takes half the bytes of F32 and keeps about three digits;
 * INT8 takes a quarter, as codes with scales, with vectors in F32; INT4 is INT8 but for matrices that are in
 * 4-bit codes already, which stay so and take a seventh (src/checkpoint/quantised.ts).
 */
export type SavedDtype = "F32" | "F16" | QuantisedDtype;

/**
 * Saves a model in Hugging Face's layout: config.json, model.safetensors (transformers' names) and the files
 * of the tokenizer; transformers opens it and gives the same logits. Words that are joined with it are a file
 * of their own, which transformers does not look at. All of it or nothing (see `saveFolder`).
 *
 * @throws {CheckpointError} if a weight is beyond the range of F16 or, for codes, not finite, or a file would
 * be replaced that is not as Lacuna saved it
 */
export async function saveModel(
  model: Model,
  store: Store,
  { dir, tokenizer, dtype = "F32", keepMaskedLm = false, words, temperature, card }: {
    dir: string;
    tokenizer: TokenizerFiles;
    dtype?: SavedDtype;
    keepMaskedLm?: boolean;
    words?: JoinedWords;
    /** What a tagger's scores are divided by. Default that of its config. */
    temperature?: number;
    /** The text of README.md, which yields to one that we did not write. */
    card?: string;
  },
): Promise<void> {
  const { labels, options: { tagging, maskedLm } } = model;
  // A tagger has no use for the masked-LM head that it may have been trained with.
  const heads = savedHeads({ tagging, maskedLm: maskedLm && (!tagging || keepMaskedLm) });
  const tags = tagging ? { labels } : {};
  const named = temperature === undefined ? model.config : withTemperature(model.config, temperature);
  const config = new TextEncoder().encode(configText(writeConfig(named, tags), named));
  const tensorsOf = async ({ name, shape }: ParameterSpec): Promise<TensorToWrite[]> => {
    if (isQuantised(dtype) && shape.length === 2) {
      return await quantisedTensors(name, { dtype, shape, pieces: () => piecesOf(model, name) });
    }
    const format = dtype === "F16" ? dtype : "F32";
    return [{ name, dtype: format, shape, bytes: () => bytesOf(model, name, format) }];
  };
  const tensors: TensorToWrite[] = [];
  for (const spec of specsOf(model.config, heads)) tensors.push(...await tensorsOf(spec));
  const parts = new Map<PartName, Uint8Array>([["config.json", config], ...tokenizer]);
  if (words) parts.set(WORDS, await wordsFile(words));
  if (card !== undefined) parts.set(CARD, new TextEncoder().encode(card));
  await saveFolder(store, dir, { parts, ...tags, tensors });
}

function piecesOf({ device, parameters }: Model, name: string): AsyncGenerator<Float32Array> {
  return readPieces(device, parameters.get(name).parts.map(({ values }) => values));
}

async function* bytesOf(model: Model, name: string, dtype: "F32" | "F16"): AsyncGenerator<Uint8Array> {
  for await (const values of piecesOf(model, name)) {
    if (dtype === "F16") checkRange(name, values);
    yield fromFloat32(dtype, values);
  }
}

/** The largest number of F16. */
const LARGEST_HALF = 65504;

function checkRange(name: string, values: Float32Array): void {
  const beyond = values.find((value) => !(Math.abs(value) <= LARGEST_HALF));
  if (beyond === undefined) return;
  throw new CheckpointError(
    `${name}: expected weights up to ${LARGEST_HALF} to save as float16 but found ${beyond}: save as float32`,
  );
}
