import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { isMatmulTable, tableOf } from "../../kernels/matmul_variants.ts";
import { UsageError } from "../../src/cli/command.ts";
import { chooseMatmul, describeMatmul, MATMUL_FILE } from "../../src/cli/matmul.ts";
import { train } from "../../src/cli/train.ts";
import { describeAdapter, findAdapter, isSoftware } from "../../src/device/webgpu/open.ts";
import { writeTrainingState } from "../../src/checkpoint/training_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { inTrainingFolder, quickly } from "./training_folder.ts";

const adapter = await findAdapter();
const ignore = adapter === undefined;

const request = {
  device: "webgpu" as const,
  threads: undefined,
  blas: undefined,
  matmul: "measured" as const,
};
const question = () => Promise.resolve({ hiddenSize: 16, intermediateSize: 24, precision: "f32" as const });

Deno.test("--matmul takes the kernels that there are, with a device that has them", async () => {
  await inTrainingFolder(async (folder) => {
    const { exitCode, stderr } = await folder.run(train, [...quickly, "--matmul", "fastest"]);
    assertEquals(exitCode, 2);
    assertStringIncludes(stderr, "Expected one of auto, measured, registers, shared, shared-large.");
  });
  for (const matmul of ["measured", "registers", "shared-large"] as const) {
    await assertRejects(
      () =>
        chooseMatmul({ ...request, device: "cpu", matmul }, {
          out: new MemoryStore(),
          resume: false,
          question,
        }),
      UsageError,
      `Expected --device webgpu with --matmul ${matmul}: the CPU has one kernel.`,
    );
  }
});

Deno.test("on the CPU there is nothing to choose", async () => {
  const options = { out: new MemoryStore(), resume: false, question };
  assertEquals(await chooseMatmul({ ...request, device: "cpu", matmul: "auto" }, options), undefined);
});

Deno.test("what was measured is remembered in the folder of the run for this model", { ignore }, async () => {
  const out = new MemoryStore();
  const first = (await chooseMatmul(request, { out, resume: false, question }))!;
  assert(isMatmulTable(first.table));
  assertMatch(
    first.reason,
    /^timed in \d+\.\d s \(ms, registers\/shared\/shared-large: NN thin [\d.]+\/[\d.]+\/[\d.]+/,
  );
  assertMatch(describeMatmul({ matmul: tableOf("shared") }, first), /^Matrix products: shared, timed in /);
  assertEquals(await out.list(""), [MATMUL_FILE]);

  const again = await chooseMatmul(request, { out, resume: false, question });
  assertEquals([again?.table, again?.reason], [first.table, `as ${out.locate(MATMUL_FILE)} has it`]);
  assertEquals(again?.measurement, first.measurement);

  const larger = async () => ({ ...await question(), intermediateSize: 28 });
  assertMatch((await chooseMatmul(request, { out, resume: false, question: larger }))!.reason, /^timed/);
  const damaged = new MemoryStore({ [MATMUL_FILE]: new TextEncoder().encode('{"device": 1') });
  assertMatch((await chooseMatmul(request, { out: damaged, resume: false, question }))!.reason, /^timed/);
});

Deno.test("a resumed run takes the kernels of its state before measured ones, those asked for before all", {
  ignore,
}, async () => {
  const out = new MemoryStore();
  const matmul = { ...tableOf("registers"), "TN thin": "shared" };
  const identity = { device: describeAdapter(adapter!), variants: { matmul } };
  await writeTrainingState(out, "training_state.safetensors", { tensors: [], state: { identity } });
  const choose = (matmul: "auto" | "measured" | "shared", resume = true) =>
    chooseMatmul({ ...request, matmul }, { out, resume, question });
  const taken = { table: matmul, reason: "with which the run began" };
  assertEquals(await choose("auto"), taken);
  assertEquals(await choose("measured"), taken);
  assertEquals(await choose("shared"), { table: tableOf("shared"), reason: "as asked" });
  assertMatch((await choose("measured", false))!.reason, /^timed/);
});

Deno.test("auto leaves a software adapter its usual kernels", {
  ignore: ignore || !isSoftware(adapter),
}, async () => {
  const options = {
    out: new MemoryStore(),
    resume: false,
    question: () => Promise.reject(new Error("asked")),
  };
  assertEquals(await chooseMatmul({ ...request, matmul: "auto" }, options), {
    table: undefined,
    reason: "usual on a software adapter",
  });
});
