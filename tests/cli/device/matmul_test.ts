import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type MatmulTable, tableOf } from "../../../kernels/matmul_variants.ts";
import { writeTrainingState } from "../../../src/checkpoint/training_state.ts";
import { UsageError } from "../../../src/cli/frame/command.ts";
import { chooseMatmul, describeMatmul, MATMUL_FILE } from "../../../src/cli/device/matmul.ts";
import { train } from "../../../src/cli/train/train.ts";
import type { MatmulMeasurement, MatmulQuestion } from "../../../src/device/webgpu/measure_matmul.ts";
import { findAdapter } from "../../../src/device/webgpu/open.ts";
import { DeviceError } from "../../../src/errors.ts";
import { MemoryStore } from "../../../src/store/memory_store.ts";
import { inTrainingFolder, quickly } from "../training_folder.ts";

const fastest: MatmulTable = { ...tableOf("shared"), NN: "shared-large" };
const model: MatmulQuestion = { hiddenSize: 16, intermediateSize: 24, precision: "f32" };

/** A machine whose adapter is described so, and the models that were measured on it. */
function machine(description: string | undefined, { broken = false } = {}) {
  const asked: MatmulQuestion[] = [];
  return {
    asked,
    findAdapter: () =>
      Promise.resolve(description === undefined ? undefined : { info: { description } } as GPUAdapter),
    measureMatmul: (question: MatmulQuestion): Promise<MatmulMeasurement> => {
      asked.push(question);
      if (broken) return Promise.reject(new DeviceError("The WebGPU adapter gave no device: out of memory"));
      const milliseconds = { registers: 48.02, shared: 2, "shared-large": 1.004 };
      const product = { m: 512, n: 24, k: 16, transposeA: 0, transposeB: 0 } as const;
      const timings = [{ class: "NN" as const, milliseconds, product }];
      return Promise.resolve({
        device: `webgpu (${description})`,
        question,
        table: fastest,
        timings,
        seconds: 1.53,
      });
    },
  };
}

const gpu = () => machine("Radeon");
const request = { device: "auto" as const, threads: undefined, blas: undefined, matmul: "auto" as const };

function run({ out = new MemoryStore(), resume = false, question = model } = {}) {
  return { out, resume, question: () => Promise.resolve(question) };
}

Deno.test("--matmul takes the kernels that there are, with a device that has them", async () => {
  await inTrainingFolder(async (folder) => {
    const { exitCode, stderr } = await folder.run(train, [...quickly, "--matmul", "fastest"]);
    assertEquals(exitCode, 2);
    assertStringIncludes(stderr, "Expected one of auto, measured, registers, shared, shared-large.");
  });
  for (const matmul of ["measured", "registers", "shared-large"] as const) {
    await assertRejects(
      () => chooseMatmul({ ...request, device: "cpu", matmul }, run(), gpu()),
      UsageError,
      `Expected --device webgpu with --matmul ${matmul}: the CPU has one kernel.`,
    );
  }
});

Deno.test("a GPU is timed before the run, and the person is told what was chosen and by which times", async () => {
  const choice = (await chooseMatmul(request, run(), gpu()))!;
  assertEquals(choice.table, fastest);
  assertEquals(
    describeMatmul({ matmul: tableOf("shared-large") }, choice),
    "Matrix products: shared-large, timed in 1.5 s (ms, registers/shared/shared-large: NN 48.0/2.00/1.00)",
  );
});

Deno.test("nothing is timed on the CPU device and on a software adapter, unless that is asked for", async () => {
  const software = machine("llvmpipe (LLVM 15)");
  assertEquals(await chooseMatmul({ ...request, device: "cpu" }, run(), gpu()), undefined);
  assertEquals(await chooseMatmul(request, run(), machine(undefined)), undefined);
  assertEquals(await chooseMatmul(request, run(), software), undefined); // the CPU device will be opened
  const usual = { table: undefined, reason: "usual on a software adapter" };
  assertEquals(await chooseMatmul({ ...request, device: "webgpu" }, run(), software), usual);
  assertEquals(software.asked, []);
  const measured = { ...request, device: "webgpu" as const, matmul: "measured" as const };
  assertEquals((await chooseMatmul(measured, run(), software))?.table, fastest);
});

Deno.test("what was measured is remembered in the folder of the run, for this model on this adapter", async () => {
  const out = new MemoryStore();
  const here = gpu();
  const first = (await chooseMatmul(request, run({ out }), here))!;
  const again = (await chooseMatmul(request, run({ out }), here))!;
  assertEquals(again, { ...first, reason: `as ${out.locate(MATMUL_FILE)} has it` });
  assertEquals(here.asked, [model]);

  await chooseMatmul(request, run({ out, question: { ...model, precision: "f16" } }), here);
  assertEquals(here.asked.length, 2);
  const other = machine("GeForce");
  await chooseMatmul(request, run({ out }), other);
  assertEquals(other.asked.length, 1);
  for (const text of ['{"device": 1', JSON.stringify({ ...first.measurement, table: { NN: "shared" } })]) {
    const damaged = new MemoryStore({ [MATMUL_FILE]: new TextEncoder().encode(text) });
    assertEquals((await chooseMatmul(request, run({ out: damaged }), gpu()))?.reason, first.reason);
  }
});

Deno.test("a resumed run takes the kernels of its state before measured ones, and those asked for before all", async () => {
  const out = new MemoryStore();
  const matmul = { ...tableOf("registers"), "TN thin": "shared" };
  const identity = { device: "webgpu (Radeon)", variants: { matmul } };
  await writeTrainingState(out, "training_state.safetensors", { tensors: [], state: { identity } });
  const begun = { table: matmul, reason: "with which the run began" };
  assertEquals(await chooseMatmul(request, run({ out, resume: true }), gpu()), begun);
  const asked = { table: tableOf("shared"), reason: "as asked" };
  assertEquals(
    await chooseMatmul({ ...request, matmul: "shared" }, run({ out, resume: true }), gpu()),
    asked,
  );
  // Those of another adapter say nothing about this one, nor do those of another run.
  assertEquals((await chooseMatmul(request, run({ out, resume: true }), machine("GeForce")))?.table, fastest);
  assertEquals((await chooseMatmul(request, run({ out }), gpu()))?.table, fastest);
});

Deno.test("an adapter that fails while it is timed is told of where WebGPU was asked for, and passed over where not", async () => {
  const broken = machine("Radeon", { broken: true });
  await assertRejects(
    () => chooseMatmul({ ...request, device: "webgpu" }, run(), broken),
    DeviceError,
    "gave no device",
  );
  assertEquals(await chooseMatmul(request, run(), broken), {
    table: undefined,
    reason: "usual, as timing failed: The WebGPU adapter gave no device: out of memory",
  });
});

Deno.test("train computes with the kernels that were asked for, says so and logs it", {
  ignore: await findAdapter() === undefined,
}, async () => {
  await inTrainingFolder(async (folder) => {
    const epochs = quickly.indexOf("--epochs");
    const args = quickly.toSpliced(epochs, 2).map((arg) => arg === "cpu" ? "webgpu" : arg);
    const { stderr } = await folder.run(train, [...args, "--matmul", "shared-large", "--max-steps", "1"]);
    assertStringIncludes(stderr, "\nMatrix products: shared-large, as asked\n");
    const [start] = (await Deno.readTextFile(folder.path("out/log.jsonl"))).split("\n");
    assertEquals(JSON.parse(start).variants, { matmul: tableOf("shared-large") });
  });
});
