import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { isMatmulTable, matmulVariants, tableOf } from "../../../kernels/matmul_variants.ts";
import { chooseVariants } from "../../../src/device/webgpu/matmul_choice.ts";
import { measureMatmul } from "../../../src/device/webgpu/measure_matmul.ts";
import { findAdapter, isSoftware, openWebGpu } from "../../../src/device/webgpu/open.ts";
import { OptionError } from "../../../src/errors.ts";

const adapter = await findAdapter();
const ignore = adapter === undefined;

Deno.test(
  "the kernels are timed on the products of the model, once in a program for a model",
  { ignore },
  async () => {
    const question = { hiddenSize: 16, intermediateSize: 24, precision: "f32" as const };
    const measurement = await measureMatmul(question);
    const { device, table, timings } = measurement;
    assert(device.startsWith("webgpu ("));
    assert(timings.length > 0);
    for (const { milliseconds } of timings) {
      for (const variant of matmulVariants) {
        assert(
          milliseconds[variant] > 0 && milliseconds[variant] < Infinity,
        );
      }
    }
    assertEquals(table, chooseVariants(timings, tableOf(isSoftware(adapter!) ? "registers" : "shared")));
    assertStrictEquals(await measureMatmul({ ...question }), measurement);
  },
);

Deno.test("a device says which kernels it takes, those that it was opened with", { ignore }, async () => {
  const tables = [undefined, "shared" as const, { ...tableOf("shared"), NT: "registers" as const }];
  const found = [];
  for (const matmul of tables) {
    const device = await openWebGpu({ matmul });
    found.push(device.variants.matmul);
    device.destroy();
  }
  assert(isMatmulTable(found[0]));
  assertEquals(found.slice(1), [tableOf("shared"), tables[2]]);
});

Deno.test("kernels that there are not are refused", async () => {
  for (const matmul of ["fastest", { NN: "shared" }, null]) {
    await assertRejects(
      () => openWebGpu({ matmul: matmul as never }),
      OptionError,
      "Expected matmul to be registers or shared or shared-large, or one of them for each of NN, NN thin, NT, ",
    );
  }
});
