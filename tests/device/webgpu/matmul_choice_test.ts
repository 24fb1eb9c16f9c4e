import { assertEquals } from "@std/assert";
import { type MatmulClass, tableOf } from "../../../kernels/matmul_variants.ts";
import { chooseVariants } from "../../../src/device/webgpu/matmul_choice.ts";

const usual = tableOf("shared");

function timing(name: MatmulClass, registers: number, shared: number) {
  return { class: name, milliseconds: { registers, shared } };
}

Deno.test("each class takes the kernel that was fastest in it; one that was not timed takes the usual", () => {
  assertEquals(chooseVariants([timing("NN", 1, 2), timing("TN thin", 2, 1)], usual), {
    ...usual,
    NN: "registers",
  });
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
