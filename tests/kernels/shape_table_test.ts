import { assert } from "@std/assert";
import type { OpName } from "../../kernels/mod.ts";
import { halfForms, takesHalves } from "./half_forms.ts";
import { cases } from "../../kernels/reference/mod.ts";
import type { Case } from "../../kernels/reference/proof.ts";
import type { Device } from "../../src/device/device.ts";
import { runCase } from "../../src/device/run_case.ts";
import { testInHalf, testKernelsForGpus, testLargeTiles, testOnDevices, webGpuTests } from "../devices.ts";

/**
 * Wider heads have the same text with more of everything, which a software adapter compiles for half a
 * minute.
 */
const MOST_HEAD_SIZE = 32;

for (const op of Object.keys(cases) as OpName[]) {
  const name = `${op} matches the float64 reference over its shape table`;
  const quick = cases[op]().filter(({ parameters }) => !(Number(parameters.headSize) > MOST_HEAD_SIZE));
  const every = op === "matmul" ? webGpuTests.productStride : 1;
  testOnDevices(
    name,
    (device) => assertCases(device, cases[op]().filter((_, i) => device.kind === "cpu" || i % every === 0)),
  );
  testKernelsForGpus(name, (device) => assertCases(device, quick.filter((_, i) => i % every === 0)));
  // Most of matmul's lines are pipelines of their own, which a software adapter compiles for a second each.
  const stride = op === "matmul" ? 3 * every : 1;
  const some = quick.filter((_, i) => i % stride === 0);
  if (op === "matmul") testLargeTiles(name, (device) => assertCases(device, some));
  if (takesHalves(op)) {
    testInHalf(
      `${op} in f16 matches the float64 reference over its shape table`,
      (device) => assertCases(device, some.flatMap(halfForms)),
      { allKernels: true },
    );
  }
}

async function assertCases(device: Device, table: readonly Case[]): Promise<void> {
  for (const proof of table) {
    const deviations = await runCase(device, proof);
    assert(deviations.length > 0, `${proof.op} ${proof.label} proves nothing`);
    for (const { output, error, allowed } of deviations) {
      assert(error <= allowed, `${proof.op} ${proof.label}: ${output} is ${error} off, ${allowed} allowed`);
    }
  }
}
