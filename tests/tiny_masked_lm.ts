/**
 * A tiny checkpoint with a masked-LM head that knows the words of the synthetic sentences, trained in
 * moments.
 */

import { CpuDevice } from "../src/device/cpu/cpu_device.ts";
import { pretrain } from "../src/pretraining/pretrain.ts";
import { MemoryStore } from "../src/store/memory_store.ts";
import { syntheticSentences, tinyModelStore } from "./fixtures.ts";

let trained: Promise<MemoryStore> | undefined;

/** The model directory; do not change what is in it. */
export function tinyMaskedLmStore(): Promise<MemoryStore> {
  return trained ??= trainMaskedLm();
}

async function trainMaskedLm(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const text = syntheticSentences(40, 9).map(({ words }) => `${words.join(" ")}\n`).join("");
  const device = new CpuDevice();
  await pretrain({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store, dir: "" },
    text: [{ store: new MemoryStore({ "raw.txt": text }), path: "raw.txt" }],
    settings: { epochs: 4, batchTokens: 120, learningRate: 1e-2, maxLength: 38 },
  });
  device.destroy();
  return store;
}
