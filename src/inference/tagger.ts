import type { RealDType } from "../../kernels/contract.ts";
import { quote } from "../json/quote.ts";
import { type ComputeDevice, deviceOf } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { CheckpointError } from "../errors.ts";
import type { DecodeOptions, Tagged } from "../evaluation/decoding.ts";
import { labelSetOf } from "../data/label_set.ts";
import { SCHEMES } from "../data/scheme.ts";
import { refusal } from "../json/refusal.ts";
import { readConfig } from "../model/config.ts";
import type { ModelConfig } from "../nn/config.ts";
import { openModel } from "../model/open.ts";
import { taggingKind, temperatureOf } from "../model/reading.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import { openJoinedWords, openWords } from "../model/words_file.ts";
import { taggingHead, taggingHeadNames } from "../nn/heads/registry.ts";
import { joinPath, type Store } from "../store/store.ts";
import type { PassOptions } from "./model_logits.ts";
import { InnerTagger, ModelTagger, type Tagger } from "./model_tagger.ts";
import { WordTagger } from "./word_tagger.ts";

/** Where a tagger is, and how it computes. */
export interface OpenTaggerOptions {
  /** Its folder in the store. Default "", the store's own top. */
  readonly dir?: string;
  /** Element type of activations and of the weights that products read. Default f32. */
  readonly precision?: RealDType;
  /** Ends the loading, throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How sentences are tagged. */
export interface TagOptions extends DecodeOptions, PassOptions {}

/**
 * Opens a fine-tuned tagger.
 *
 * @throws {CheckpointError} if the files are damaged or hold no tagging head
 * @throws {DeviceError} if the model does not fit on the device, or for f16 on one that has none
 */
export async function openTagger(
  device: ComputeDevice,
  store: Store,
  { dir = "", precision, signal }: OpenTaggerOptions = {},
): Promise<Tagger> {
  const words = await openWords(store, dir);
  if (words) return new WordTagger(words);
  const config = await readConfig(store, dir);
  const file = store.locate(joinPath(dir, "config.json"));
  if (config.numLabels === 0) {
    throw new CheckpointError(
      `${file}: expected the tags of a tagger (id2label), found none: fine-tune the model first`,
    );
  }
  checkTagger(config, file);
  const kind = taggingKind(config);
  const tagging = taggingHead(kind)?.of(config.id2label);
  if (!tagging) {
    const known = taggingHeadNames().join(", ").replace(/, (?=[^,]*$)/, " or ");
    throw new CheckpointError(
      `${file}: expected a tagging head of the kind ${known}, found ${quote(kind)}: ` +
        "a newer version of Lacuna may know it",
    );
  }
  if (temperatureOf(config) === undefined) {
    throw new CheckpointError(
      `${file}: expected the temperature of lacuna to be a number above 0, found something else: ` +
        "remove the field, and scores are what they are without",
    );
  }
  const { tokenizer } = await openTokenizer(store, { dir, config });
  const joined = await openJoinedWords(store, { dir, labels: config.id2label });
  const { model, fresh } = await openModel(deviceOf(device), store, {
    dir,
    config,
    seed: 0,
    tagging,
    precision,
    signal,
  });
  if (fresh.length > 0) {
    model.free();
    throw new CheckpointError(
      `${store.locate(joinPath(dir, "model.safetensors"))}: expected a tagger, found no ${
        fresh.join(" and ")
      }: fine-tune the model first`,
    );
  }
  return new ModelTagger(model, tokenizer, { precision, words: joined });
}

/** transformers gives a model of sentences an id2label and a classifier, too. */
function checkTagger({ raw: { architectures }, id2label }: ModelConfig, file: string): void {
  const names = Array.isArray(architectures) ? architectures.filter((name) => typeof name === "string") : [];
  const other = names.find((name) =>
    /For(SequenceClassification|QuestionAnswering|MultipleChoice)$/.test(name)
  );
  if (other !== undefined) {
    throw refusal(file, {
      expected: "architectures to name a model ForTokenClassification, a tagger",
      found: quote(other),
      advice: "it classifies whole texts: fine-tune it as a tagger first",
    });
  }
  if (labelSetOf(id2label)) return;
  throw refusal(file, {
    expected: `id2label with O and tags of one scheme (${SCHEMES.join(", ")})`,
    found: quote(id2label),
    advice: "put the tags there that the model was trained with",
  });
}

/**
 * Tags sentences that are split into words. Sentences longer than the model are read in overlapping windows
 * whose logits are merged; every word gets exactly one tag.
 */
export async function tagSentences(
  tagger: Tagger,
  sentences: readonly (readonly string[])[],
  { batchTokens, signal, legal, temperature }: TagOptions = {},
): Promise<Tagged[]> {
  const inner = InnerTagger.of(tagger);
  const { decode } = await inner.decoder({ legal, temperature: temperature ?? inner.temperature });
  const tagged: Tagged[] = [];
  for (const logits of await inner.logits(sentences, { batchTokens, signal })) {
    await yieldToHost(signal);
    tagged.push(decode(logits));
  }
  return tagged;
}
