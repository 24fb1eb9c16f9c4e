/** A run that was stopped two steps before its end, for tests to damage what it left. */

import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import { train } from "../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { bytesIn } from "../store/bytes_in.ts";

/** What the run left, and what it was given. */
export interface StoppedRun {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly input: Omit<TrainingInput, "device" | "out">;
}

/** Runs two of four steps, with one of the tokenizers of tests/golden. */
export async function stoppedRun(tokenizer = "tokenizer_wordpiece.json"): Promise<StoppedRun> {
  const model = await tinyModelStore({ num_hidden_layers: 1, vocab_size: 401 });
  const start = new MemoryStore({
    "config.json": await model.read("config.json", 0, await model.size("config.json")),
    "tokenizer.json": await Deno.readFile(new URL(`../golden/${tokenizer}`, import.meta.url)),
  });
  const input: StoppedRun["input"] = {
    start: { store: start, dir: "", scratch: true },
    training: syntheticSentences(2),
    dev: syntheticSentences(1, 2),
    settings: { learningRate: 1e-2, batchTokens: 500, epochs: 4, warmup: 0 },
  };
  const store = new MemoryStore();
  const stop = new AbortController();
  await train({
    ...input,
    device: new CpuDevice(),
    out: { store, dir: "" },
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "evaluation" && event.epoch === 2) stop.abort();
    },
  });
  return { files: Object.fromEntries(await bytesIn(store)), input };
}
