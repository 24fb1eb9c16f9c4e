/**
 * Prints what `--blas` finds, what a device with it calls itself, the errors of the shape table that are too
 * large, and whether 1 and 2 threads gave the same bits. Runs with permission to call native code, which the
 * tests do not have.
 */

import { cases } from "../../../kernels/reference/mod.ts";
import { normal } from "../../../kernels/reference/proof.ts";
import { findBlas } from "../../../src/cli/device/blas.ts";
import { openCpu } from "../../../src/device/cpu/open.ts";
import { runCase } from "../../../src/device/run_case.ts";

const native = await findBlas(Deno.args[0]);
const wrong: string[] = [];
const results: string[] = [];
let description = "";
for (const threads of [1, 2]) {
  const device = await openCpu({ threads, native });
  description = device.description;
  for (const proof of cases.matmul()) {
    for (const { error, allowed } of await runCase(device, proof)) {
      if (!(error <= allowed)) wrong.push(proof.label);
    }
  }
  const [m, n, k] = [500, 400, 300];
  const [a, b, bias] = [m * k, n * k, n].map((length, i) => {
    const view = device.allocate("f32", length);
    device.upload(view, normal(i, length));
    return view;
  });
  const c = device.allocate("f32", m * n);
  device.dispatch("matmul", { a, b, bias, c }, { m, n, k, activation: 1 });
  results.push(new Uint8Array((await device.read(c)).buffer as ArrayBuffer).toBase64());
  device.destroy();
}
console.log(JSON.stringify({ note: native.note, description, wrong, same: results[0] === results[1] }));
