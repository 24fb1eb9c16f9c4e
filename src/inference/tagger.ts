import type { RealDType } from "../../kernels/contract.ts";
import { Tape } from "../autograd/tape.ts";
import { quote } from "../json/quote.ts";
import { fillBatches } from "../data/batching.ts";
import { pack } from "../data/packed_batch.ts";
import { type ComputeDevice, deviceOf, type HostData } from "../device/device.ts";
import { overlapped } from "../device/overlapped.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { CheckpointError } from "../errors.ts";
import type { DecodeOptions, Tagged } from "../evaluation/decoding.ts";
import { encodeWindows } from "../masking/prompt.ts";
import { maxTokens, readConfig } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { openModel } from "../model/open.ts";
import { readsPrompt, taggingKind } from "../model/reading.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import { taggingHead, taggingHeadNames } from "../nn/heads/registry.ts";
import { joinPath, type Store } from "../store/store.ts";
import { mergeWindows } from "../text/alignment.ts";
import type { Encoded } from "../text/encoded.ts";
import { ModelTagger, type Tagger } from "./model_tagger.ts";

/** Where a tagger is, and how it computes. */
export interface OpenTaggerOptions {
  /** Its folder in the store. Default "", the store's own top. */
  readonly dir?: string;
  /** Element type of activations and of the weights that products read. Default f32. */
  readonly precision?: RealDType;
  /** Ends the loading, throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The most tokens that go through the model at once, unless told otherwise. */
export const TAGGING_TOKENS = 2048;

/** How sentences are tagged. */
export interface TagOptions extends DecodeOptions {
  /** The most tokens that go through the model at once. Default 2048. */
  readonly batchTokens?: number;
  /** Ends it between two batches or sentences, throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

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
  const config = await readConfig(store, dir);
  const file = store.locate(joinPath(dir, "config.json"));
  if (config.numLabels === 0) {
    throw new CheckpointError(
      `${file}: expected the tags of a tagger (id2label), found none: fine-tune the model first`,
    );
  }
  const kind = taggingKind(config);
  const tagging = taggingHead(kind)?.of(config.id2label);
  if (!tagging) {
    const known = taggingHeadNames().join(", ").replace(/, (?=[^,]*$)/, " or ");
    throw new CheckpointError(
      `${file}: expected a tagging head of the kind ${known}, found ${quote(kind)}: ` +
        "a newer version of Lacuna may know it",
    );
  }
  const { tokenizer } = await openTokenizer(store, { dir, config });
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
  return new ModelTagger(model, tokenizer, { precision });
}

/**
 * Tags sentences that are split into words. Sentences longer than the model are read in overlapping windows whose
 * logits are merged; every word gets exactly one tag.
 */
export async function tagSentences(
  tagger: Tagger,
  sentences: readonly (readonly string[])[],
  { batchTokens, signal, ...decoding }: TagOptions = {},
): Promise<Tagged[]> {
  const { decode } = await ModelTagger.of(tagger).model.tagging!.decoder(decoding);
  const tagged: Tagged[] = [];
  for (const logits of await sentenceLogits(tagger, sentences, { batchTokens, signal })) {
    await yieldToHost(signal);
    tagged.push(decode(logits));
  }
  return tagged;
}

/**
 * What a tagger says of each tag at the words of each sentence, `[words, labels]`, for the decoder of its
 * head.
 */
export async function sentenceLogits(
  tagger: Tagger,
  sentences: readonly (readonly string[])[],
  { batchTokens = TAGGING_TOKENS, signal }: Pick<TagOptions, "batchTokens" | "signal"> = {},
): Promise<Float32Array[]> {
  const { model, tokenizer, labels, precision } = ModelTagger.of(tagger);
  const reading = { maxTokens: maxTokens(model.config), prompt: readsPrompt(model.config) };
  const windows: Encoded[][] = [];
  for (const words of sentences) {
    await yieldToHost(signal);
    windows.push(encodeWindows(tokenizer, words, reading));
  }
  const logits = new Map<Encoded, Float32Array>();
  // Neighbours in length share a batch, so that the work of a batch is even.
  const all = windows.flat();
  const lengths = all.map(({ ids }) => ids.length);
  const order = [...all.keys()].sort((a, b) => lengths[b] - lengths[a]);
  const batches = fillBatches(order, { lengths, budget: batchTokens });
  const compute = (batch: readonly number[]) =>
    computeLogits(model, batch.map((window) => all[window]), { precision, into: logits });
  await Array.fromAsync(overlapped(batches, compute, { device: model.device, signal }));
  return windows.map((windows) =>
    mergeWindows(windows, windows.map((window) => logits.get(window)!), { classes: labels.length })
  );
}

/** Logits of each window's words, `[words, labels]`, from one packed batch. */
export async function computeLogits(
  { device, encoder, tagging, labels }: Model,
  windows: readonly Encoded[],
  { precision, into }: { precision: RealDType; into: Map<Encoded, Float32Array> },
): Promise<void> {
  const batch = pack(windows.map((encoded) => ({ encoded, labels: encoded.labelRows.map(() => 0) })));
  const tape = new Tape(device, { precision });
  let reading: Promise<HostData>;
  try {
    const output = tagging!.logits(tape, encoder.forward(tape, batch), batch);
    // Enqueued here, so that the tape may give its memory back at once.
    reading = device.read(output.view);
  } finally {
    tape.dispose();
  }
  const all = await reading as Float32Array;
  let row = 0;
  for (const window of windows) {
    into.set(window, all.subarray(row * labels.length, (row + window.labelRows.length) * labels.length));
    row += window.labelRows.length;
  }
}
