import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingEvent } from "../../src/training/events.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import { planSteps } from "../../src/training/plan.ts";
import { taggingPhase } from "../../src/training/phase.ts";
import { checkSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { tagSet } from "../../src/data/tag_set.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { readConfig } from "../../src/model/config.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

const options = { batchTokens: 20, accumulation: 1, epochs: 3, maxSteps: 0, evaluations: 0, seed: 1 };

Deno.test("a plan evaluates after every epoch, or so many times evenly over the steps and at the end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 12 }),
      (lengths, evaluations, maxSteps) => {
        const steps = planSteps(lengths, { ...options, evaluations, maxSteps });
        const at = steps.flatMap(({ evaluated }, i) => evaluated ? [i + 1] : []);
        assertEquals(at.at(-1), steps.length);
        if (evaluations === 0) assertEquals(at.length, steps.at(-1)!.epoch + 1);
        else {
          assertEquals(at.length, Math.min(evaluations, steps.length));
          const gaps = at.map((step, i) => step - (at[i - 1] ?? 0));
          assert(Math.max(...gaps) - Math.min(...gaps) <= 1, String(at));
        }
      },
    ),
    { seed: 1 },
  );
});

Deno.test("every masking strategy has the same windows in the same batches", async () => {
  const store = await tinyModelStore();
  const { tokenizer } = await openTokenizer(store, { dir: "", config: await readConfig(store, "") });
  const training = syntheticSentences(20);
  const stepsOf = async (masking: string) => {
    const { steps } = await taggingPhase(training, {
      tokenizer,
      maxTokens: 200,
      settings: checkSettings({ masking, batchTokens: 60, epochs: 4 }),
      tagSet: tagSet(training),
    });
    return steps;
  };
  const steps = await stepsOf("none");
  for (const masking of ["token", "span", "context", "prompt"]) {
    assertEquals(await stepsOf(masking), steps, masking);
  }
});

/** A run on the CPU over a few steps. */
async function runOf(input: Partial<TrainingInput>): Promise<{ events: TrainingEvent[]; out: MemoryStore }> {
  const events: TrainingEvent[] = [];
  const out = new MemoryStore();
  const device = new CpuDevice();
  const training = syntheticSentences(10);
  await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    training,
    dev: training,
    onEvent: (event) => void events.push(event),
    ...input,
  });
  device.destroy();
  return { events, out };
}

Deno.test("lambda rises over its warmup, from the first step on, to what it was set to", async () => {
  const still = { learningRate: 0, headLearningRate: 0, dropout: false, batchTokens: 999, epochs: 4 };
  const joint = { ...still, objective: "joint" as const, lambda: 0.8 };
  const losses = async (lambdaWarmup: number) => {
    const { events } = await runOf({ settings: { ...joint, lambdaWarmup } });
    return events.flatMap((event) => event.type === "step" ? [event.mlmLoss] : []);
  };
  const [constant, rising] = [await losses(0), await losses(0.5)];
  const ratios = rising.map((loss, i) => Math.round(1e4 * loss / constant[i]) / 1e4);
  assertEquals(ratios, [0.5, 1, 1, 1]);
});

Deno.test("the rate rises from 0 over its share of the steps, to the nearest whole step, and falls towards 0 at the end", async () => {
  const rates = async (warmup: number) => {
    const { events } = await runOf({ settings: { learningRate: 1, maxSteps: 7, warmup } });
    return events.flatMap((event) => event.type === "step" ? [Math.round(30 * event.learningRate)] : []);
  };
  assertEquals(await rates(0.2), [0, 30, 25, 20, 15, 10, 5]);
  assertEquals(await rates(0.25), [0, 15, 30, 24, 18, 12, 6]);
});

Deno.test("a run that is not to be resumed leaves no state where it is interrupted", async () => {
  const signal = AbortSignal.abort();
  assertEquals(await (await runOf({ signal })).out.list(""), ["training_state.safetensors"]);
  assertEquals(await (await runOf({ signal, resumable: false })).out.list(""), []);
});

Deno.test("the masked-LM head of a joint run is saved where that is asked for", async () => {
  const settings = { objective: "joint" as const, maxSteps: 1 };
  const size = async (keepMaskedLm: boolean) =>
    await (await runOf({ settings, keepMaskedLm })).out.size("model.safetensors");
  const head = 4 * (16 * 16 + 16 + 2 * 16 + 301);
  const more = await size(true) - await size(false) - head;
  assert(more > 0 && more < 1000, `${more} bytes of names beside ${head} of the head`);
});
