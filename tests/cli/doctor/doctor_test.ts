import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { doctor, type Machine } from "../../../src/cli/doctor/doctor.ts";
import type { Candidate } from "../../../src/cli/doctor/doctor_devices.ts";
import type { ModelNeeds } from "../../../src/cli/doctor/doctor_model.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { DeviceError } from "../../../src/errors.ts";
import { lastJson, onTerminal } from "../terminal.ts";

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

Deno.test("doctor says what carries out WebGPU on a software adapter, and that Vulkan would be faster", async () => {
  const software = { ...adapter, name: "llvmpipe", software: true };
  const linesOf = async (backend: "Vulkan" | "OpenGL" | undefined) => {
    const { stdout } = await examine([{ ...cpu, kind: "webgpu", adapter: { ...software, backend } }]);
    return stdout.split("\n").slice(1, 3);
  };
  const features = "  features for computing: shader-f16";
  assertEquals(await linesOf(undefined), ["  a software adapter, it computes on the CPU", features]);
  assertEquals(await linesOf("Vulkan"), ["  a software adapter on Vulkan, it computes on the CPU", features]);
  assertEquals(await linesOf("OpenGL"), [
    "  a software adapter on OpenGL, it computes on the CPU",
    "  on Vulkan it would be faster (Debian: mesa-vulkan-drivers and libvulkan1)",
  ]);
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

const tinyBert = fromFileUrl(new URL("../../golden/tiny-bert", import.meta.url));

Deno.test("doctor --model says what training and predicting need on a device, and whether that is more than it can have", async () => {
  const { exitCode, stdout } = await examine([cpu], "--model", tinyBert, "--batch-tokens", "1000");
  assertEquals(exitCode, 0);
  assertEquals(
    stdout.slice(stdout.indexOf(`  ${tinyBert}`)).replace(tinyBert, "tiny-bert"),
    `\
  tiny-bert: bert, 197,975 parameters, 197,975 trained; most memory at one time
    weights           777.5 KiB  4 bytes each
    gradients         777.5 KiB  4 bytes each trained parameter
    moments of AdamW    1.5 MiB  8 bytes each trained parameter
    activations        24.6 MiB  12,921 bytes x 2,000 tokens (--batch-tokens 1,000 and their masked copies)
    the rest            4.8 MiB  scratch of kernels, buffers that move data
    to train           32.5 MiB  the sum
    to predict           14 MiB  2,048 tokens at a time
`,
  );
  const open = () => Promise.resolve(Object.assign(new CpuDevice(), { maxMemoryBytes: 2 ** 24 }));
  const { stdout: small } = await examine([{ kind: "cpu", open }], "--model", tinyBert);
  assertMatch(small, /to train +[\d.]+ MiB {2}the sum: more than the 16 MiB that this device can have\n/);
});

Deno.test("doctor --model says why a device cannot bind what a batch needs", async () => {
  const narrow: Candidate = {
    kind: "webgpu",
    open: () => {
      const rehearsal = () => {
        throw new DeviceError("matmul: c has 200 bytes: use a smaller --batch-tokens");
      };
      return Promise.resolve(Object.assign(new CpuDevice(), { rehearsal }));
    },
  };
  const { stdout } = await examine([narrow], "--model", tinyBert);
  assertStringIncludes(
    stdout,
    `  ${tinyBert} cannot be trained: matmul: c has 200 bytes: use a smaller --batch-tokens\n`,
  );
});

Deno.test("doctor --model counts frozen parameters as such", async () => {
  const needsOf = async (...args: string[]) => {
    const { devices } = lastJson((await examine([cpu], "--model", tinyBert, "--json", ...args)).stdout);
    return (devices as { model: ModelNeeds }[])[0].model;
  };
  const all = await needsOf();
  const some = await needsOf("--freeze-embeddings", "--freeze-layers", "1");
  assertEquals(all.parameters.trainable, all.parameters.total);
  assertEquals(some.parameters.total, all.parameters.total);
  const { weights, gradients, moments } = some.training;
  assert(gradients < weights / 2 && moments === 2 * gradients);
});

Deno.test("doctor --model refuses a folder without a model before it examines anything", async () => {
  const { exitCode, stdout, stderr } = await examine([cpu], "--model", "/no/such/model");
  assertEquals([exitCode, stdout], [1, ""]);
  assertMatch(stderr, /^\/no\/such\/model: expected the folder of a model .*, found no folder: .*\n$/);
});
