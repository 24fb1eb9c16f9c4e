import { assertEquals } from "@std/assert";
import type { OpDeclaration } from "../../kernels/contract.ts";
import { ops } from "../../kernels/mod.ts";
import {
  isMatmulTable,
  type MatmulClass,
  matmulClass,
  matmulClasses,
  matmulVariants,
  showTable,
  tableOf,
} from "../../kernels/matmul_variants.ts";

/** A call of each class. */
const calls: Record<MatmulClass, { m: number; n: number; transposeA?: number; transposeB?: number }> = {
  "NN": { m: 512, n: 1024 },
  "NN thin": { m: 512, n: 1023 - 64 },
  "NT": { m: 8192 - 63, n: 3, transposeB: 1 },
  "NT thin": { m: 512, n: 9, transposeB: 1 },
  "TN": { m: 1024, n: 449, transposeA: 1 },
  "TN thin": { m: 768, n: 384, transposeA: 1 },
};

function callOf(name: MatmulClass) {
  const { m, n, transposeA = 0, transposeB = 0 } = calls[name];
  return {
    uniforms: { m, n, k: 384 },
    constants: { transposeA, transposeB, accumulate: 0, activation: 0 },
    ...{ real: "f32" as const, dtypes: {}, has: () => false },
  };
}

Deno.test("a product's class is how its operands are stored, and thin below 128 tiles of 64 x 64 outputs", () => {
  for (const name of matmulClasses) assertEquals(matmulClass(callOf(name)), name);
});

Deno.test("the table decides which kernel computes a product, class by class, whatever the adapter is", () => {
  for (const asked of matmulClasses) {
    for (const software of [true, false]) {
      const matmul = { ...tableOf("shared"), [asked]: "registers" as const };
      for (const name of matmulClasses) {
        const [{ name: kernel }] = ops.matmul.passes({ ...callOf(name), software, matmul });
        assertEquals(kernel.split(" ")[0], name === asked ? "matmulRegisters" : "matmulShared");
      }
    }
  }
});

Deno.test("large tiles are a quarter as many, and cut k into parts where that leaves a GPU little to do", () => {
  const passesOf = (variant: "shared" | "shared-large", name: MatmulClass) =>
    (ops.matmul as OpDeclaration).passes({ ...callOf(name), matmul: tableOf(variant) })
      .map(({ name, workgroups, constants }) => [name.split(" ")[0], workgroups, constants?.parts]);
  assertEquals(passesOf("shared", "NN"), [["matmulShared", 128, 1]]);
  assertEquals(passesOf("shared-large", "NN"), [["matmulSharedLarge", 32 * 3, 3], [
    "matmulPartsLarge",
    32 * 16,
    3,
  ]]);
  assertEquals(passesOf("shared", "TN thin"), [["matmulShared", 72, 1]]);
  assertEquals(passesOf("shared-large", "TN thin"), [["matmulSharedLarge", 18 * 3, 3], [
    "matmulPartsLarge",
    18 * 16,
    3,
  ]]);
});

Deno.test("without a table a software adapter takes registers and a GPU shared memory", () => {
  for (const name of matmulClasses) {
    const kernelOf = (software: boolean) =>
      ops.matmul.passes({ ...callOf(name), software })[0].name.split(" ")[0];
    assertEquals([kernelOf(true), kernelOf(false)], ["matmulRegisters", "matmulShared"]);
  }
});

Deno.test("a table names a kernel that there is for every class", () => {
  for (const variant of matmulVariants) assertEquals(isMatmulTable(tableOf(variant)), true);
  const { NN: _, ...lacking } = tableOf("shared");
  for (
    const value of [undefined, null, "shared", [], lacking, { ...tableOf("shared"), NN: "tensor cores" }]
  ) {
    assertEquals(isMatmulTable(value), false);
  }
});

Deno.test("a table reads as the one kernel of all products, or class by class", () => {
  assertEquals(showTable(tableOf("shared")), "shared");
  assertEquals(
    showTable({ ...tableOf("shared"), "NT thin": "registers" }),
    "NN shared, NN thin shared, NT shared, NT thin registers, TN shared, TN thin shared",
  );
});
