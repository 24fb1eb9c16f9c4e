import { assert, assertEquals } from "@std/assert";
import type { Sentence } from "../../src/data/sentence.ts";
import type { Device } from "../../src/device/device.ts";
import type { PretrainingSettings } from "../../src/pretraining/settings.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import type { MemoryBound } from "../../src/run/memory_bound.ts";
import { train } from "../../src/training/trainer.ts";
import { testInHalf, testOnDevices } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";

type Run = (device: Device, onStart: (memory: MemoryBound) => void) => Promise<unknown>;

/** Long sentences and short ones. */
const ragged = [...syntheticSentences(20, 1, 9), ...syntheticSentences(20, 2, 1)];

const tagging = (
  settings: TrainingInput["settings"],
  { config, ...input }: Partial<TrainingInput> & { readonly config?: Record<string, unknown> } = {},
): Run =>
async (device, onStart) =>
  await train({
    device,
    start: { store: await tinyModelStore(config), dir: "", scratch: true },
    out: { store: new MemoryStore(), dir: "" },
    training: ragged,
    dev: syntheticSentences(6, 3),
    settings: { batchTokens: 150, accumulation: 2, maxSteps: 3, ...settings },
    ...input,
    onEvent: (event) => event.type === "start" && onStart(event.memory),
  });

const pretraining =
  (settings: Partial<PretrainingSettings>, config: Record<string, unknown> = {}): Run =>
  async (device, onStart) =>
    await pretrain({
      device,
      start: { store: await tinyModelStore(config), dir: "", scratch: true },
      out: { store: new MemoryStore(), dir: "" },
      text: filesOf(repetitiveText(120)),
      heldOut: filesOf(repetitiveText(20, 3)),
      settings: { batchTokens: 200, maxSteps: 2, evaluationTokens: 100, ...settings },
      onEvent: (event) => event.type === "start" && onStart(event.memory),
    });

/** One sentence that fills a window of 512 tokens. */
const long: Sentence[] = [{
  words: syntheticSentences(100, 4).flatMap(({ words }) => words),
  tags: syntheticSentences(100, 4).flatMap(({ tags }) => tags),
}];

const runs: Record<string, Run> = {
  "tagging of ragged batches": tagging({}),
  "a chain over ragged batches": tagging({ head: "crf" }),
  "tagging with embeddings and a layer frozen": tagging({ freezeEmbeddings: true, freezeLayers: 1 }),
  "the joint objective with three masked copies": tagging({ objective: "joint", maskedCopies: 3 }),
  "a run that computes activations again": tagging({ objective: "joint", recompute: true }),
  "a run that averages weights": tagging({ average: 2, evaluations: 3 }),
  "adaptation with the boundary objective": tagging({ boundaryObjective: true }, {
    unlabelled: repetitiveText(40).split("\n").filter((line) => line !== ""),
  }),
  "a sequence of 512 tokens": tagging({ batchTokens: 512, accumulation: 1, maxSteps: 2 }, {
    training: long,
    config: { max_position_embeddings: 512 },
  }),
  "pretraining": pretraining({ boundaryObjective: true }),
  "pretraining with a vocabulary much larger than the hidden size": pretraining({}, { vocab_size: 20_000 }),
  "pretraining with 250,002 pieces": pretraining({}, { vocab_size: 250_002, hidden_size: 8 }),
};

/** The 70 % are of what the run takes beside the device's own buffers, which tiny runs would hide behind. */
async function holdsBound(device: Device, run: Run): Promise<void> {
  const own = device.memory.peakBytes;
  let bound: MemoryBound | undefined;
  await run(device, (memory) => {
    bound = memory;
    assert(device.memory.peakBytes <= memory.total);
  });
  const { total, ...parts } = bound!;
  assertEquals(Object.values(parts).reduce((sum, bytes) => sum + bytes), total);
  const { peakBytes } = device.memory;
  assert(peakBytes <= total, `${peakBytes} bytes, at most ${total} expected`);
  assert(peakBytes - own >= 0.7 * (total - own), `${peakBytes} bytes, nearly ${total} expected`);
}

for (const [name, run] of Object.entries(runs)) {
  testOnDevices(
    `${name}: takes no more memory than the run says before its first step, and at least 70 % of that`,
    (device) => holdsBound(device, run),
  );
}

testInHalf(
  "f16: takes no more memory than the run says before its first step, and at least 70 % of that",
  (device) => holdsBound(device, tagging({ objective: "joint", precision: "f16" })),
);
