import { assert } from "@std/assert";
import type { OpName } from "../../kernels/mod.ts";
import { halfForms, takesHalves } from "../../kernels/reference/half_forms.ts";
import { cases } from "../../kernels/reference/mod.ts";
import type { Case } from "../../kernels/reference/proof.ts";
import type { Device } from "../../src/device/device.ts";
import { runCase } from "../../src/device/run_case.ts";
import { testInHalf, testOnDevices } from "../devices.ts";

for (const op of Object.keys(cases) as OpName[]) {
  testOnDevices(
    `${op} matches the float64 reference over its shape table`,
    (device) => assertCases(device, cases[op]()),
    { allKernels: true },
  );
  if (takesHalves(op)) {
    testInHalf(
      `${op} in f16 matches the float64 reference over its shape table`,
      (device) => assertCases(device, cases[op]().flatMap(halfForms)),
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
