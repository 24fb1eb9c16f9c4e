import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { distilEncoder, type EncoderDistillationInput } from "../../src/distillation/distil_encoder.ts";
import {
  checkEncoderDistillation,
  defaultEncoderDistillationSettings,
  type EncoderDistillationSettings,
} from "../../src/distillation/encoder_settings.ts";
import { OptionError, TrainingError } from "../../src/errors.ts";
import type { PretrainingEvent, PretrainingResult } from "../../src/pretraining/events.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { abortedAtStep } from "../aborted.ts";
import { testInHalf, testOnDevices } from "../devices.ts";
import { tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyMaskedLmStore } from "../tiny_masked_lm.ts";
import { bytesIn } from "../store/bytes_in.ts";

/** Everything random is on; pools of a few batches, several of them an epoch. */
const settings = {
  learningRate: 3e-3,
  batchTokens: 60,
  accumulation: 2,
  shuffleTokens: 200,
  maxLength: 38,
  epochs: 1,
  evaluateEvery: 4,
  evaluationTokens: 200,
};

type Given = Partial<Omit<EncoderDistillationInput, "out" | "device">> & { out?: MemoryStore };

async function run(device: Device, { out = new MemoryStore(), ...input }: Given = {}) {
  const events: PretrainingEvent[] = [];
  const teacher = { store: await tinyMaskedLmStore(), dir: "" };
  const result: PretrainingResult = await distilEncoder({
    device,
    teacher,
    start: { ...teacher, layers: [0] },
    out: { store: out, dir: "" },
    text: filesOf(repetitiveText(60), repetitiveText(30, 2)),
    heldOut: filesOf(repetitiveText(40, 3)),
    settings,
    ...input,
    onEvent(event) {
      events.push(event);
      input.onEvent?.(event);
    },
  });
  return { result, events, out };
}

const stepsOf = (events: readonly PretrainingEvent[]) => events.filter((event) => event.type === "step");

Deno.test("a student with half of the layers comes nearer to its teacher's hidden states, with gaps and without", async () => {
  for (const masking of ["none", "span"]) {
    const device = new CpuDevice();
    const { result, events, out } = await run(device, {
      settings: { ...settings, masking, epochs: 4, dropout: false },
    });
    const { before, best } = result.heldOut!;
    assert(best!.loss < 0.5 * before!.loss, `${masking}: ${before!.loss} to ${best!.loss}`);
    assertEquals(best!.loss, best!.distillationLoss);
    assert(stepsOf(events).every(({ loss, distillationLoss }) => loss === distillationLoss));
    assertEquals(device.memory.liveBytes, 0);
    // A head that nothing teaches is the teacher's still.
    const [student, teacher] = await Promise.all(
      [out, await tinyMaskedLmStore()].map((store) => openSafetensors(store, "model.safetensors")),
    );
    const bias = "cls.predictions.transform.dense.bias";
    assertEquals(await student.read(bias), await teacher.read(bias));
  }
});

Deno.test("a student that is its teacher is as near as can be, unless gaps hide what the teacher sees", async () => {
  const teacher = { store: await tinyMaskedLmStore(), dir: "" };
  const lossWith = async (change: Partial<EncoderDistillationSettings>) => {
    const { events } = await run(new CpuDevice(), {
      start: teacher,
      settings: { ...settings, learningRate: 0, dropout: false, maxSteps: 1, ...change },
    });
    return stepsOf(events)[0].distillationLoss!;
  };
  assertEquals(await lossWith({ masking: "none" }), 0);
  assert(await lossWith({ masking: "span" }) > 1e-3);
});

testOnDevices(
  "a distillation that is interrupted and resumed leaves what one does that never was",
  async (device) => {
    const both = { settings: { ...settings, mlmWeight: 0.3, evaluationTokens: 60 } };
    const whole = await run(device, both);
    assert(whole.result.steps > 5, `${whole.result.steps}`);
    for (const at of device.kind === "cpu" ? [0, 1, 5] : [3]) {
      const out = new MemoryStore();
      const first = await run(device, { ...both, out, ...abortedAtStep(at) });
      assertEquals(first.result.status, "interrupted");
      const second = await run(device, { ...both, out, resume: true });
      assertEquals(second.result, whole.result);
      assertEquals(await bytesIn(out), await bytesIn(whole.out));
    }
  },
);

Deno.test("the memory that is announced has room for both, and no more than it takes", async () => {
  const device = new CpuDevice();
  let bound = 0;
  await run(device, {
    settings: { ...settings, maxSteps: 3 },
    onEvent: (event) => event.type === "start" && (bound = event.memory.total),
  });
  const { peakBytes } = device.memory;
  assert(peakBytes <= bound && peakBytes > 0.7 * bound, `${peakBytes} of ${bound}`);
});

Deno.test("what cannot be distilled is refused with what to do, before anything is written", async () => {
  const device = new CpuDevice();
  const out = new MemoryStore();
  const start = { store: await tinyModelStore({ hidden_size: 32 }), dir: "", scratch: true };
  await assertRejects(
    () => run(device, { out, start }),
    OptionError,
    "Expected a student with the hidden size of the teacher, 16, whose hidden states it learns, but found 32: " +
      "take layers of the teacher itself (layers), or a student of that size",
  );
  const bad: [Partial<EncoderDistillationSettings>, string][] = [
    [{ hiddenStates: "first" as "last" }, "Expected hiddenStates to be all or last but found first"],
    [{ mlmWeight: -1 }, "Expected mlmWeight to be a number from 0 but found -1"],
    [
      { mlmWeight: 1, masking: "none" },
      "Expected masking that masks with mlmWeight 1 but found none: there would be nothing to predict",
    ],
  ];
  for (const [given, message] of bad) {
    assertThrows(() => checkEncoderDistillation(given), OptionError, message);
  }
  assertEquals([await out.list(""), device.memory.liveBytes], [[], 0]);
});

Deno.test("a distillation is resumed with the same settings and the same layers only", async () => {
  const device = new CpuDevice();
  const out = new MemoryStore();
  await run(device, { out, ...abortedAtStep(2) });
  const refused: [Given, string][] = [
    [
      { settings: { ...settings, hiddenStates: "last" } },
      "expected hiddenStates all, with which this run began",
    ],
    [
      { start: { store: await tinyMaskedLmStore(), dir: "", layers: [1] } },
      "expected the model with which this run began",
    ],
  ];
  for (const [given, sentence] of refused) {
    await assertRejects(() => run(device, { out, resume: true, ...given }), TrainingError, sentence);
  }
});

/** Another value of each setting. */
const others: Partial<EncoderDistillationSettings> = {
  hiddenStates: "last",
  mlmWeight: 0.5,
  masking: "token",
  maxLength: 5,
  epochs: 2,
  maxSteps: 3,
  batchTokens: 90,
  accumulation: 1,
  shuffleTokens: 1000,
  learningRate: 1e-2,
  schedule: "cosine",
  warmup: 0.7,
  weightDecay: 0.9,
  maxGradientNorm: 1e-9,
  freezeEmbeddings: true,
  freezeLayers: 1,
  dropout: false,
  evaluateEvery: 2,
  evaluationTokens: 90,
  dtype: "F16",
  seed: 2,
};

/** What shows in other ways, or where the masked-LM loss counts. */
const elsewhere = ["headRate", "recompute", "precision"];

Deno.test("every setting arrives in the steps of a distillation, its looks at the held-out text, or what it saves", async () => {
  const names = [...Object.keys(others), ...elsewhere].toSorted();
  assertEquals(names, Object.keys(defaultEncoderDistillationSettings).toSorted());
  const toldBy = async (change: Partial<EncoderDistillationSettings>) => {
    const { events, out } = await run(new CpuDevice(), {
      start: { store: await tinyMaskedLmStore(), dir: "" },
      settings: { ...settings, ...change },
    });
    const told = events.filter(({ type }) => type === "step" || type === "evaluation");
    return JSON.stringify([told, await out.size("model.safetensors")]);
  };
  const base = await toldBy({});
  assertEquals(await toldBy({}), base);
  for (const [name, value] of Object.entries(others)) {
    assert(await toldBy({ [name]: value }) !== base, `${name} changes nothing`);
  }
});

testInHalf(
  "in f16 both read in f16, losses are within 1 % of those in f32, and looks at held-out text are f32",
  async (device) => {
    const lossesOf = async (precision: "f32" | "f16") => {
      const short = { ...settings, precision, mlmWeight: 0.3, maxSteps: 2, evaluationTokens: 60 };
      const { result, events } = await run(device, { settings: short });
      return [
        ...stepsOf(events).map(({ distillationLoss }) => distillationLoss!),
        result.heldOut!.before!.loss,
      ];
    };
    const [full, half] = [await lossesOf("f32"), await lossesOf("f16")];
    half.forEach((loss, i) => assertAlmostEquals(loss, full[i], 0.01 * full[i]));
    assertEquals(half.at(-1), full.at(-1));
  },
);
