import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { DeviceError, OptionError, TrainingError } from "../../src/errors.ts";
import type { PretrainingInput } from "../../src/pretraining/input.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import type { PretrainingSettings } from "../../src/pretraining/settings.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { StepEvent, TrainingEvent } from "../../src/training/events.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import type { TrainingSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { testInHalf } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";

/** Everything random is on. */
const settings = {
  learningRate: 2e-3,
  headLearningRate: 2e-3,
  batchTokens: 120,
  maxSteps: 6,
  precision: "f16",
} as const;

/** A run of the tiny model and its steps. */
async function run(
  device: Device,
  { out = new MemoryStore(), ...input }: Partial<Omit<TrainingInput, "out">> & { out?: MemoryStore },
) {
  const steps: StepEvent[] = [];
  const result = await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    training: syntheticSentences(20),
    dev: syntheticSentences(3, 2),
    settings,
    ...input,
    out: { store: out, dir: "" },
    onEvent(event: TrainingEvent) {
      if (event.type === "step") steps.push(event);
      input.onEvent?.(event);
    },
  });
  return { result, steps, out };
}

async function runPretraining(
  device: Device,
  { out = new MemoryStore(), signal, resume, onEvent, ...changes }:
    & Partial<PretrainingSettings>
    & Pick<PretrainingInput, "signal" | "resume" | "onEvent">
    & { out?: MemoryStore },
): Promise<MemoryStore> {
  await pretrain({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    text: filesOf(repetitiveText(40)),
    settings: { batchTokens: 60, maxSteps: 5, boundaryObjective: true, precision: "f16", ...changes },
    signal,
    resume,
    onEvent,
  });
  return out;
}

async function bytesOf(store: MemoryStore, path = "model.safetensors"): Promise<Uint8Array> {
  return await store.read(path, 0, await store.size(path));
}

testInHalf("a tiny model learns names in f16, and what is saved is f32", async (device) => {
  const { result, out } = await run(device, {
    training: syntheticSentences(40, 1, 1),
    dev: syntheticSentences(6, 2, 1),
    test: syntheticSentences(20, 4, 1),
    settings: {
      ...settings,
      masking: "none",
      learningRate: 1e-2,
      headLearningRate: 1e-2,
      maxSteps: 100,
      evaluations: 2,
      dropout: false,
    },
  });
  assert(result.test!.strict.micro.f1 > 0.9, `F1 ${result.test!.strict.micro.f1}`);
  const { tensors } = await openSafetensors(out, "model.safetensors");
  assertEquals(new Set([...tensors.values()].map(({ dtype }) => dtype)), new Set(["F32"]));
});

testInHalf(
  "losses in f16 follow those in f32, and each step tells how its loss was scaled",
  async (device) => {
    const half = await run(device, {});
    const full = await run(device, { settings: { ...settings, precision: "f32" } });
    assertEquals(half.steps.length, 6);
    half.steps.forEach(({ loss, scaling }, i) => {
      assertAlmostEquals(loss, full.steps[i].loss, 5e-3);
      assertEquals(scaling?.scale, 2 ** (16 - scaling!.skippedSteps));
    });
    assertEquals(full.steps.map(({ scaling }) => scaling), full.steps.map(() => undefined));
  },
);

testInHalf("a run in f16 that was interrupted and resumed saves the same bytes", async (device) => {
  const unlabelled = syntheticSentences(5, 3).map(({ words }) => words.join(" "));
  const everything = { unlabelled, settings: { ...settings, objective: "joint" as const } };
  const whole = await run(device, everything);
  const { steps } = whole.result;
  for (const k of [steps - 4, steps - 2]) {
    const out = new MemoryStore();
    await run(device, { ...everything, out, ...abortedAtStep(k) });
    const state = await openSafetensors(out, "training_state.safetensors");
    const [scale, goodSteps, skipped] = toFloat32("F32", await state.read("loss_scaling"));
    assertEquals(scale, 2 ** (16 - skipped));
    assert(goodSteps > 0, `${goodSteps}`);
    await run(device, { ...everything, out, resume: true });
    assertEquals(await bytesOf(out), await bytesOf(whole.out), `stopped at step ${k}`);
  }
});

testInHalf("pretraining in f16 that was interrupted and resumed saves the same bytes", async (device) => {
  // A device tells of steps in bursts: there are enough of them that the run is ended before its end.
  const maxSteps = 40;
  const whole = await runPretraining(device, { maxSteps });
  const out = await runPretraining(device, { maxSteps, ...abortedAtStep(3) });
  assert(await out.exists("training_state.safetensors"));
  await runPretraining(device, { maxSteps, out, resume: true });
  assertEquals(await bytesOf(out), await bytesOf(whole));
});

testInHalf("recomputing activations in f16 changes no byte", async (device) => {
  const kept = await run(device, {});
  const again = await run(device, { settings: { ...settings, recompute: true } });
  assertEquals(await bytesOf(again.out), await bytesOf(kept.out));
});

testInHalf("a run in f16 is not resumed in f32", async (device) => {
  const { out } = await run(device, abortedAtStep(2));
  await assertRejects(
    () => run(device, { out, resume: true, settings: { ...settings, precision: "f32" } }),
    TrainingError,
    "expected precision f16, with which this run began, but found f32",
  );
});

Deno.test("f16 is refused by a device that has none, before anything is written", async () => {
  const sentence =
    "The CPU device has no f16, since WebAssembly has none: use precision f32, or device webgpu";
  const out = new MemoryStore();
  const device = new CpuDevice();
  await assertRejects(() => run(device, { out }), DeviceError, sentence);
  await assertRejects(() => runPretraining(device, { out }), DeviceError, sentence);
  assertEquals(await out.list(""), []);
  assertEquals(device.memory.peakBytes, new CpuDevice().memory.peakBytes);
});

Deno.test("a precision that there is not is refused", async () => {
  const precision = "f8" as TrainingSettings["precision"];
  const sentence = "Expected precision to be f32 or f16 but found f8";
  const device = new CpuDevice();
  await assertRejects(() => run(device, { settings: { precision } }), OptionError, sentence);
  await assertRejects(() => runPretraining(device, { precision }), OptionError, sentence);
});
