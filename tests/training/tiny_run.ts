import type { Device } from "../../src/device/device.ts";
import type { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

/** A run of so many steps, two an epoch, that learns from the first on. */
export async function tinyRun(
  device: Device,
  { out, steps }: { out: MemoryStore; steps: number },
): Promise<TrainingInput> {
  return {
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    training: syntheticSentences(10),
    dev: syntheticSentences(3, 2),
    settings: { learningRate: 1e-2, batchTokens: 100, maxSteps: steps, warmup: 0 },
  };
}
