import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { DeviceError } from "../../src/errors.ts";
import { openTagger } from "../../src/inference/tagger.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";

/** A device that can have so many bytes and no more. */
function deviceOf(maxMemoryBytes: number): CpuDevice {
  return Object.assign(new CpuDevice(), { maxMemoryBytes });
}

/** Training of the tiny model for one step; what it wrote. */
async function trainOne(device: CpuDevice, settings: Partial<TrainingSettings>): Promise<string[]> {
  const store = new MemoryStore();
  await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store, dir: "" },
    training: syntheticSentences(20),
    dev: syntheticSentences(2, 2),
    settings: { batchTokens: 200, maxSteps: 1, ...settings },
  });
  return await store.list("");
}

Deno.test("the CPU device can have the 4 GiB that 32-bit addresses reach, less what it needs itself", () => {
  const { maxMemoryBytes } = new CpuDevice();
  assert(maxMemoryBytes < 2 ** 32 && maxMemoryBytes > 2 ** 32 - 2 ** 20);
});

Deno.test("a run that cannot fit is refused with what it takes, the limit and what helps, before anything is allocated", async () => {
  const device = deviceOf(2 ** 18);
  const { peakBytes } = device.memory;
  const { message } = await assertRejects(() => trainOne(device, {}), DeviceError);
  assertMatch(
    message,
    /^Expected a model that fits in 0\.000244 GiB, all that the device cpu can have, but training this one can take 0\.00\d+ GiB: use freezeEmbeddings, a smaller batchTokens, recompute \(fewer activations are kept\), a checkpoint with a smaller vocabulary or fewer layers or a device with more memory$/,
  );
  assertEquals(device.memory.peakBytes, peakBytes);
});

Deno.test("each remedy that is named makes the run smaller, and one that is taken is not named again", async () => {
  const limit = await smallestLimit({});
  assert(await smallestLimit({ freezeEmbeddings: true }) < limit);
  assert(await smallestLimit({ batchTokens: 100 }) < limit);
  assert(await smallestLimit({ recompute: true }) < limit);
  const taken = { freezeEmbeddings: true, recompute: true };
  const { message } = await assertRejects(() => trainOne(deviceOf(2 ** 17), taken), DeviceError);
  assert(!/freezeEmbeddings|recompute/.test(message), message);
});

/** The limit, within 2 KiB, from which on a run is not refused. */
async function smallestLimit(settings: Partial<TrainingSettings>): Promise<number> {
  let [refused, fits] = [0, 2 ** 23];
  while (fits - refused > 2048) {
    const middle = (fits + refused) / 2;
    const ran = await trainOne(deviceOf(middle), settings).then(() => true, () => false);
    if (ran) fits = middle;
    else refused = middle;
  }
  return fits;
}

Deno.test("a batch counts with the tokens that it has, not with those that it might have", async () => {
  const limit = await smallestLimit({ batchTokens: 1000 });
  await trainOne(deviceOf(limit), { batchTokens: 1_000_000 });
});

Deno.test("pretraining that cannot fit is refused, too", async () => {
  const out = new MemoryStore();
  const { message } = await assertRejects(
    async () =>
      await pretrain({
        device: deviceOf(2 ** 17),
        start: { store: await tinyModelStore(), dir: "", scratch: true },
        out: { store: out, dir: "" },
        text: filesOf(repetitiveText(40)),
        settings: { batchTokens: 100, maxSteps: 2 },
      }),
    DeviceError,
  );
  assertMatch(
    message,
    /training this one can take [\d.]+ GiB: use freezeEmbeddings, a smaller batchTokens, recompute \(fewer activations/,
  );
  assertEquals(await out.list(""), []);
});

Deno.test("a tagger whose parameters alone do not fit is refused before its weights are read", async () => {
  const store = await tinyTaggerStore();
  const { message } = await assertRejects(() => openTagger(deviceOf(2 ** 14), store), DeviceError);
  assertMatch(
    message,
    /this one's parameters take [\d.e-]+ GiB: use a checkpoint with a smaller vocab/,
  );
  (await openTagger(deviceOf(2 ** 20), store)).free();
});
