import { assert, assertEquals } from "@std/assert";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import type { Device } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { testOnDevices } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

/**
 * The same device with a binding of 1,024 elements, so that the word table [301, 16] is cut into five parts.
 */
function narrow(device: Device): Device {
  return new Proxy(device, {
    get(target, name) {
      if (name === "maxBindingBytes") return 4096;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The values of a model after four steps with both heads, stopped and resumed after `stopAfter` of them. */
async function train4(device: Device, stopAfter?: number): Promise<Map<string, Float32Array>> {
  const out = new MemoryStore();
  const input = {
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    training: syntheticSentences(12),
    dev: syntheticSentences(2, 2),
    settings: { objective: "joint", learningRate: 1e-3, batchTokens: 60, maxSteps: 4, warmup: 0 } as const,
  };
  if (stopAfter !== undefined) {
    await train({ ...input, ...abortedAtStep(stopAfter) });
  }
  const { status, steps } = await train({ ...input, resume: stopAfter !== undefined });
  assertEquals([status, steps], ["finished", 4]);
  const file = await openSafetensors(out, "model.safetensors");
  const values = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) values.set(name, toFloat32("F32", await file.read(name)));
  return values;
}

testOnDevices(
  "a model whose word table is cut into parts learns and resumes as the uncut one does, within 1e-5",
  async (device) => {
    const whole = await train4(device);
    const cut = await train4(narrow(device));
    assert(whole.size > 0);
    for (const [name, values] of whole) {
      // A key bias has no gradient but rounding noise, which AdamW makes steps of.
      if (name.endsWith("key.bias")) continue;
      const error = relativeError(cut.get(name)!, values);
      assert(error < 1e-5, `${name}: ${error}`);
    }
    assertEquals(await train4(narrow(device), 2), cut);
  },
);
