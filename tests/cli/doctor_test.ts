import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { doctor, type Machine } from "../../src/cli/doctor.ts";
import type { Candidate } from "../../src/cli/doctor_devices.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { DeviceError } from "../../src/errors.ts";
import { lastJson, onTerminal } from "./terminal.ts";

const cpu: Candidate = { kind: "cpu", open: () => Promise.resolve(new CpuDevice()) };
const brokenCpu: Candidate = {
  kind: "cpu",
  open: () => Promise.resolve(Object.assign(new CpuDevice(), { dispatch() {} })),
};
const noAdapter: Candidate = {
  kind: "webgpu",
  open: () => Promise.reject(new DeviceError("No WebGPU adapter: install a Vulkan driver")),
};
const adapter = {
  name: "Radeon",
  software: false,
  features: ["shader-f16", "texture-compression-bc"],
  limits: [{ name: "maxBufferSize", adapter: 2 ** 31, standard: 2 ** 28 }],
};

/** A machine with these devices, and a self-test of two small ops. */
function examine(candidates: Candidate[], ...args: string[]) {
  const machine: Machine = {
    findCandidates: () => Promise.resolve(candidates),
    ops: ["widen", "accumulate"],
  };
  return onTerminal(args, (terminal) => doctor(terminal, machine));
}

Deno.test("doctor shows limits, a line for each op and the memory probe, and ends with 0", async () => {
  const { exitCode, stdout, stderr } = await examine([{ ...cpu, kind: "webgpu", adapter }]);
  assertEquals([exitCode, stderr], [0, ""]);
  assertMatch(
    stdout,
    new RegExp(
      `^cpu \\(WASM SIMD[^)]*\\)
  a GPU
  features for computing: shader-f16
  limit                adapter  default, used
  maxBufferSize  2,147,483,648    268,435,456
  self-test: worst error as a share of the allowed one
  widen +\\d+ cases      0\\.00  ok
  accumulate +\\d+ cases      0\\.\\d\\d  ok
  buffer of 64 MiB: ok
  buffer of 128 MiB: ok
  buffer of 256 MiB: ok
$`,
    ),
  );
});

Deno.test("doctor ends with 1 if a kernel is wrong, and says which and how", async () => {
  const { exitCode, stdout, stderr } = await examine([cpu, brokenCpu]);
  assertEquals(exitCode, 1);
  assertMatch(stdout, / {2}widen +2 cases +\S+ {2}FAILED\n {4}.+: \w+ is \S+ off, allowed is 0\n/);
  assertEquals(
    stderr,
    "Wrong results: widen on cpu, accumulate on cpu. Do not train there; report it with the lines above.\n",
  );
});

Deno.test("doctor goes on without an adapter, and ends with 1 if there is nothing to examine", async () => {
  const both = await examine([noAdapter, cpu]);
  assertEquals(both.exitCode, 0);
  assertStringIncludes(both.stdout, "webgpu: No WebGPU adapter: install a Vulkan driver\n\ncpu (WASM SIMD");
  const none = await examine([noAdapter], "--device", "webgpu");
  assertEquals([none.exitCode, none.stderr], [1, "No WebGPU adapter: install a Vulkan driver\n"]);
});

Deno.test("doctor --json ends stdout with what was found", async () => {
  const { stdout } = await examine([noAdapter, cpu], "--json");
  const { devices } = lastJson(stdout) as { devices: Record<string, unknown[]>[] };
  assertEquals(stdout.split("\n").length, 2);
  assertEquals(
    devices.map(({ kind, problem }) => ({ kind, problem })),
    [
      { kind: "webgpu", problem: "No WebGPU adapter: install a Vulkan driver" },
      { kind: "cpu", problem: undefined },
    ] as unknown as typeof devices,
  );
  assertEquals(devices[1].selfTest[0], { op: "widen", cases: 2, worst: 0, failures: [] });
  assertEquals(devices[1].memoryProbe[2], { bytes: 2 ** 28 });
});

const tinyBert = fromFileUrl(new URL("../golden/tiny-bert", import.meta.url));

Deno.test("doctor --model says what training and predicting need, and whether the largest buffer fits", async () => {
  const { exitCode, stdout } = await examine([cpu], "--model", tinyBert, "--batch-tokens", "1000");
  assertEquals(exitCode, 0);
  assertEquals(
    stdout.slice(stdout.indexOf(`\n${tinyBert}`) + 1).replace(tinyBert, "tiny-bert"),
    `\
tiny-bert: bert, 197,975 parameters, 197,975 trained
  parameters        773.3 KiB  4 bytes each
  gradients         773.3 KiB  4 bytes each trained parameter
  moments of AdamW    1.5 MiB  8 bytes each trained parameter
  activations          26 MiB  4 bytes x 3,412 x 2,000 tokens (--batch-tokens 1,000 and their masked copies)
  to train           29.1 MiB  the sum; memory kept for reuse can add an eighth
  to predict          8.9 MiB  parameters and one layer of activations
  largest buffer      1.5 MiB  fits in a binding of 128 MiB, up to --batch-tokens 83,886
  floats of activations a token = layers x (10 hidden + 2 intermediate + 2 heads + 4) + 4 hidden + max(3 hidden, intermediate)
`,
  );
  const { stdout: many } = await examine([cpu], "--model", tinyBert, "--batch-tokens", "1000000");
  assertStringIncludes(many, "is more than a binding's 128 MiB: use --batch-tokens");
});

Deno.test("doctor --model counts frozen parameters as such", async () => {
  const needsOf = async (...args: string[]) =>
    lastJson((await examine([cpu], "--model", tinyBert, "--json", ...args)).stdout).model as {
      count: { total: number; trained: number };
      gradients: number;
    };
  const all = await needsOf();
  const some = await needsOf("--freeze-embeddings", "--freeze-layers", "1");
  assertEquals([all.count.trained, some.count.total], [all.count.total, all.count.total]);
  assertEquals([some.count.trained < all.count.total, some.gradients], [true, 4 * some.count.trained]);
});

Deno.test("doctor --model refuses a folder without a model before it examines anything", async () => {
  const { exitCode, stdout, stderr } = await examine([cpu], "--model", "/no/such/model");
  assertEquals([exitCode, stdout], [1, ""]);
  assertMatch(stderr, /^\/no\/such\/model: expected the folder of a model .*, found no folder: .*\n$/);
});
