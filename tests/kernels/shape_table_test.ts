import { assert } from "@std/assert";
import { cases } from "../../kernels/reference/mod.ts";
import type { OpName } from "../../kernels/mod.ts";
import { runCase } from "../../src/device/run_case.ts";
import { testOnDevices } from "../devices.ts";

for (const op of Object.keys(cases) as OpName[]) {
  testOnDevices(`${op} matches the float64 reference over its shape table`, async (device) => {
    for (const proof of cases[op]()) {
      const deviations = await runCase(device, proof);
      assert(deviations.length > 0, `${op} ${proof.label} proves nothing`);
      for (const { output, error, allowed } of deviations) {
        assert(error <= allowed, `${op} ${proof.label}: ${output} is ${error} off, ${allowed} allowed`);
      }
    }
  }, { allKernels: true });
}
