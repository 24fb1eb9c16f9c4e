import type { RealDType } from "../../kernels/contract.ts";
import { Tape } from "../autograd/tape.ts";
import { fillBatches } from "../data/batching.ts";
import { pack } from "../data/packed_batch.ts";
import type { HostData } from "../device/device.ts";
import { overlapped } from "../device/overlapped.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { encodeWindows } from "../masking/prompt.ts";
import { maxTokens } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { readsPrompt } from "../model/reading.ts";
import { mergeWindows } from "../text/alignment.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** The most tokens that go through a model at once, unless told otherwise. */
export const TAGGING_TOKENS = 2048;

/** How sentences go through a model. */
export interface PassOptions {
  /** The most tokens that go through the model at once. Default 2048. */
  readonly batchTokens?: number;
  /** Ends it between two batches or sentences, throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * What a model says of each tag at the words of each sentence, `[words, labels]`, for the decoder of its
 * head. Sentences longer than the model are read in overlapping windows whose logits are merged.
 */
export async function modelLogits(
  model: Model,
  sentences: readonly (readonly string[])[],
  { tokenizer, precision, batchTokens = TAGGING_TOKENS, signal }: PassOptions & {
    readonly tokenizer: Tokenizer;
    readonly precision: RealDType;
  },
): Promise<Float32Array[]> {
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
    mergeWindows(windows, windows.map((window) => logits.get(window)!), { classes: model.labels.length })
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
