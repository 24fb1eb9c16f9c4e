/** A tagger that knows five sentences by heart, trained in a fraction of a second. */

import { CpuDevice } from "../src/device/cpu/cpu_device.ts";
import { MemoryStore } from "../src/store/memory_store.ts";
import { train } from "../src/training/trainer.ts";
import { sentences, tinyModelStore } from "./fixtures.ts";

/** What it learnt, in CoNLL. */
export const learntConll = `\
Asha B-PER
anaishi O
Tanga B-LOC
. O

Juma B-PER
alienda O
Tanga B-LOC
leo O
. O

Tanga B-LOC
ni O
mji O
. O

Asha B-PER
Juma I-PER
alienda O
soko O
. O

leo O
ni O
soko O
. O
`;

/** The same as raw text, a sentence a line. */
export const learntText = `\
Asha anaishi Tanga.
Juma alienda Tanga leo.
Tanga ni mji.
Asha Juma alienda soko.
leo ni soko.
`;

let trained: Promise<MemoryStore> | undefined;

/** The model directory of the tagger; do not change what is in it. */
export function tinyTaggerStore(): Promise<MemoryStore> {
  return trained ??= trainTagger();
}

async function trainTagger(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const learnt = sentences(learntConll);
  const rates = { learningRate: 1e-2, headLearningRate: 1e-2, dropout: false };
  const device = new CpuDevice();
  const { devF1 } = await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store, dir: "" },
    training: learnt,
    dev: learnt,
    settings: { ...rates, epochs: 20, batchTokens: 20, masking: "none" },
  });
  device.destroy();
  if (devF1 !== 1) throw new Error(`expected the tiny tagger to know its sentences, found F1 ${devF1}`);
  return store;
}
