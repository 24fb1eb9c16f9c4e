import { assert, assertEquals, assertRejects } from "@std/assert";
import { activations } from "../../kernels/contract.ts";
import { cases } from "../../kernels/reference/mod.ts";
import { matmul } from "../../kernels/reference/matmul.ts";
import { type Case, garbage, normal } from "../../kernels/reference/proof.ts";
import { openCpu } from "../../src/device/cpu/open.ts";
import type { Device } from "../../src/device/device.ts";
import { runCase } from "../../src/device/run_case.ts";
import { DeviceError } from "../../src/errors.ts";
import { plainGemm, type PlainOptions } from "./plain_gemm.ts";

/** Runs something on a CPU device whose products are those of plain_gemm.ts. */
async function withPlainGemm<T>(
  run: (device: Device) => Promise<T>,
  { threads = 2, ...options }: PlainOptions & { threads?: number } = {},
): Promise<T> {
  const device = await openCpu({ threads, native: plainGemm(options) });
  try {
    return await run(device);
  } finally {
    device.destroy();
  }
}

async function assertRight(device: Device, proof: Case): Promise<void> {
  for (const { output, error, allowed } of await runCase(device, proof)) {
    assert(error <= allowed, `${proof.label}: ${output} is ${error} off, ${allowed} allowed`);
  }
}

Deno.test("matmul through a native product matches the float64 reference over its shape table", () =>
  withPlainGemm(async (device) => {
    for (const proof of cases.matmul()) await assertRight(device, proof);
  }));

Deno.test("matmul through a native product is right where c has several blocks, in every form", () =>
  withPlainGemm(async (device) => {
    for (const [transposeA, transposeB] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      for (const accumulate of [0, 1]) {
        const parameters = { m: 401, n: 300, k: 5, transposeA, transposeB, accumulate, activation: 0 };
        const { m, n, k } = parameters;
        await assertRight(device, {
          op: "matmul",
          label: JSON.stringify(parameters),
          parameters,
          buffers: {
            a: normal(1, m * k),
            b: normal(2, k * n),
            c: accumulate ? normal(3, m * n) : garbage(m * n),
          },
          expected: (buffers) => ({ c: matmul(buffers, parameters).c }),
        });
      }
    }
  }));

Deno.test("products of no terms and activations added to the old c are left to WASM", () =>
  withPlainGemm(async (device) => {
    const form = { m: 9, n: 11, transposeA: 0, transposeB: 0 };
    for (
      const parameters of [
        { ...form, k: 0, accumulate: 0, activation: 0 },
        { ...form, k: 5, accumulate: 1, activation: activations.gelu },
      ]
    ) {
      const { m, n, k, accumulate } = parameters;
      await assertRight(device, {
        op: "matmul",
        label: JSON.stringify(parameters),
        parameters,
        buffers: {
          a: normal(1, m * k),
          b: normal(2, k * n),
          c: normal(3, m * n),
          ...(accumulate && { bias: normal(4, n) }),
        },
        expected: (buffers) => ({ c: matmul(buffers, parameters).c }),
      });
    }
  }, { factor: NaN }));

Deno.test("matmul through a native product has the same bits with 1 and with 3 threads", async () => {
  const product = (device: Device) => {
    const [m, n, k] = [500, 400, 24];
    const [a, b, bias, residual] = [m * k, n * k, n, m * n].map((length, i) => {
      const view = device.allocate("f32", length);
      device.upload(view, normal(i, length));
      return view;
    });
    const c = device.allocate("f32", m * n);
    device.dispatch("matmul", { a, b, bias, residual, c }, { m, n, k, activation: activations.gelu });
    return device.read(c);
  };
  const [one, three] = await Promise.all([1, 3].map((threads) => withPlainGemm(product, { threads })));
  assertEquals(one, three);
});

Deno.test("the module gets its options, and the device is named after the library", () =>
  withPlainGemm(async (device) => {
    const [a, b, c] = [2, 3, 0].map((value) => {
      const view = device.allocate("f32", 1);
      device.upload(view, Float32Array.of(value));
      return view;
    });
    device.dispatch("matmul", { a, b, c }, { m: 1, n: 1, k: 1 });
    assertEquals(await device.read(c), Float32Array.of(60));
    assert(device.description.endsWith(", plain loops)"), device.description);
  }, { factor: 10 }));

Deno.test("a library that does not reach the workers is an error, and nothing is computed without it", async () => {
  await assertRejects(
    () => openCpu({ threads: 2, native: plainGemm({ failure: "it is broken" }) }),
    DeviceError,
    "plain loops cannot be used, because workers could not be started: it is broken",
  );
  const engine = {
    ...WebAssembly,
    validate: WebAssembly.validate,
    Module: WebAssembly.Module,
    Memory: class extends WebAssembly.Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if (descriptor.shared) throw new RangeError("no shared memory here");
        super(descriptor);
      }
    },
  };
  await assertRejects(
    () => openCpu({ native: plainGemm() }, { engine }),
    DeviceError,
    "plain loops cannot be used, because this engine has no shared memory: compute without it",
  );
});
