import { assert, assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError, LacunaError } from "../../src/errors.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { hashBytes } from "../../src/hash.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readBytes } from "../../src/store/store.ts";
import { train } from "../../src/training/trainer.ts";
import { tinyModelStore } from "../fixtures.ts";
import { RunFolder } from "../../src/run/run_folder.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyRun } from "../training/tiny_run.ts";

Deno.test("a run has its folder for itself: another one is refused and changes nothing, and afterwards it is free", async () => {
  const [out, alone] = [new MemoryStore(), new MemoryStore()];
  const device = new CpuDevice();
  await train(await tinyRun(device, { out: alone, steps: 4 }));
  const second = {
    ...await tinyRun(device, { out, steps: 2 }),
    settings: { learningRate: 1e-3, maxSteps: 2 },
  };
  const third = {
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    text: filesOf(repetitiveText(10)),
  };
  const refused: Promise<unknown>[] = [];
  await train({
    ...await tinyRun(device, { out, steps: 4 }),
    onEvent(event) {
      if (event.type === "start") refused.push(train(second), pretrain(third));
      for (const run of refused) run.catch(() => {}); // looked at below
    },
  });
  assertEquals(refused.length, 2);
  for (const run of refused) {
    await assertRejects(() => run, LacunaError, "expected a folder that no other process works in");
  }
  assertEquals(await contentOf(out), await contentOf(alone));
  await assertRejects(() => train({ ...second, settings: { epochs: 0 } }));
  await train(second);
});

async function contentOf(store: MemoryStore): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const path of await store.list("")) files[path] = await readBytes(store, path);
  return files;
}

Deno.test("a run is refused that would replace a file of a person: a model, a changed one, a state; nothing is written", async () => {
  const device = new CpuDevice();
  const trained = new MemoryStore();
  await train(await tinyRun(device, { out: trained, steps: 2 }));
  const model = await contentOf(trained);
  const cases: Record<string, Uint8Array | string>[] = [
    { "model.safetensors": "x" },
    { "config.json": "{}" },
    { ...model, "config.json": "{}" },
    { "training_state.safetensors": "x" },
    { ...model, "training_state.safetensors": model["model.safetensors"] },
  ];
  for (const files of cases) {
    const out = new MemoryStore(files);
    const events: string[] = [];
    const onEvent = ({ type }: { type: string }) => events.push(type);
    const input = { ...await tinyRun(device, { out, steps: 2 }), onEvent };
    const text = filesOf(repetitiveText(10));
    for (const run of [() => train(input), () => pretrain({ ...input, text, settings: {} })]) {
      await assertRejects(run, CheckpointError, "which would be lost; move it away");
    }
    assertEquals(events, []);
    assertEquals(await contentOf(out), await contentOf(new MemoryStore(files)));
  }
  await train(await tinyRun(device, { out: new MemoryStore(model), steps: 2 }));
});

Deno.test("a run that saves no model ends what a killed one began to save", async () => {
  const whole = await tinyTaggerStore();
  const store = new MemoryStore(await contentOf(whole));
  await store.rename(
    "config.json",
    `config.json.${hashBytes(await readBytes(whole, "config.json"))}.pending`,
  );
  await store.rename("tokenizer.json", "tokenizer.json.0123456789abcdef.partial");
  await new RunFolder({ store, dir: "" }, { resumed: true, onSave() {} }).removeState();
  assertEquals(await store.list(""), ["config.json", "model.safetensors", "tokenizer_config.json"]);
});

Deno.test("a state that a run has saved stays beside the better models that it saves later", async () => {
  const out = new MemoryStore();
  const saved: string[] = [];
  const stateThere: Promise<boolean>[] = [];
  let minutes = 0;
  Object.defineProperty(performance, "now", { value: () => 60_000 * minutes++, configurable: true });
  try {
    await train({
      ...await tinyRun(new CpuDevice(), { out, steps: 8 }),
      onEvent(event) {
        if (event.type !== "checkpoint") return;
        saved.push(event.kind);
        if (event.kind === "model") stateThere.push(out.exists("training_state.safetensors"));
      },
    });
  } finally {
    Reflect.deleteProperty(performance, "now");
  }
  const firstState = saved.indexOf("state");
  const models = saved.flatMap((kind, i) => kind === "model" ? [i] : []);
  assert(firstState >= 0 && models.at(-1)! > firstState, saved.join(" "));
  assertEquals(await Promise.all(stateThere), models.map((i) => i > firstState));
});
