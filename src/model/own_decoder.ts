import { isFloatDtype, type TensorSource, toFloat32 } from "../checkpoint/safetensors.ts";
import { refusal } from "../json/refusal.ts";
import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";
import { decoderNames, parameterName } from "./parameter_names.ts";

/** Elements that are compared at once. */
const PIECE = 2 ** 20;

/**
 * The decoder of a file whose config ties it to the word embeddings, where it has other values than these;
 * transformers 5 does not tie it then. Undefined where there is none, or a copy.
 *
 * @param source the weights as numbers
 */
export async function ownDecoder(source: TensorSource, config: ModelConfig): Promise<string | undefined> {
  const { weight } = decoderNames(config);
  const { wordEmbeddings } = familyOf(config);
  const table = [...source.tensors.keys()].find((name) => parameterName(config, name) === wordEmbeddings);
  const [decoder, words] = [source.tensors.get(weight), source.tensors.get(table ?? "")];
  if (!config.tieWordEmbeddings || !decoder || !words || !isFloatDtype(decoder.dtype)) return undefined;
  const [rows, columns] = words.shape;
  if (decoder.shape[0] !== rows || decoder.shape[1] !== columns) return weight;
  const together = Math.max(1, Math.floor(PIECE / columns));
  for (let row = 0; row < rows; row += together) {
    const end = Math.min(rows, row + together);
    const [a, b] = [await source.readRows(weight, row, end), await source.readRows(table!, row, end)];
    const [own, tied] = [toFloat32(decoder.dtype, a), toFloat32(words.dtype, b)];
    if (own.some((value, i) => value !== tied[i])) return weight;
  }
}

/**
 * Refuses a decoder that config.json says is the table of word embeddings, and that is not.
 *
 * @throws {CheckpointError} saying how it is used
 */
export async function checkTiedDecoder(source: TensorSource, config: ModelConfig): Promise<void> {
  const tensor = await ownDecoder(source, config);
  if (tensor === undefined) return;
  throw refusal(source.file, {
    tensor,
    expected: "the values of the word embeddings, to which config.json ties it",
    found: "others",
    advice: "set tie_word_embeddings to false in config.json, and it is used",
  });
}
