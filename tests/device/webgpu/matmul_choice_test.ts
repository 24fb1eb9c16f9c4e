import { assertEquals } from "@std/assert";
import { type MatmulClass, tableOf } from "../../../kernels/matmul_variants.ts";
import { chooseVariants } from "../../../src/device/webgpu/matmul_choice.ts";

const usual = tableOf("shared");

function timing(name: MatmulClass, registers: number, shared: number, large = Infinity) {
  return { class: name, milliseconds: { registers, shared, "shared-large": large } };
}

Deno.test("each class takes the kernel that was fastest in it; one that was not timed takes the usual", () => {
  const timings = [timing("NN", 1, 2, 3), timing("NT", 3, 2, 1), timing("TN thin", 2, 1, 3)];
  assertEquals(chooseVariants(timings, usual), { ...usual, NN: "registers", NT: "shared-large" });
  assertEquals(chooseVariants([], usual), usual);
});

Deno.test("another kernel than the usual has to be clearly faster: 5 % are noise", () => {
  assertEquals(chooseVariants([timing("NT", 0.96, 1)], usual), usual);
  assertEquals(chooseVariants([timing("NT", 0.94, 1)], usual).NT, "registers");
  assertEquals(chooseVariants([timing("NT", 1, 0.96)], tableOf("registers")), tableOf("registers"));
});

Deno.test("several products of a class count by the time that they take together", () => {
  const timings = [timing("NT", 1, 2), timing("NT", 10, 5)];
  assertEquals(chooseVariants(timings, tableOf("registers")).NT, "shared");
});
