import { assert, assertEquals } from "@std/assert";
import { type KernelCase, kernelCases } from "../../../bench/kernels/kernel_cases.ts";
import { type KernelCall, workOf } from "../../../bench/kernels/kernel_work.ts";
import { type OpDeclaration } from "../../../kernels/contract.ts";
import { type OpName, ops } from "../../../kernels/mod.ts";

/** A call with all its buffers but those left out. */
function call(op: OpName, uniforms: Record<string, number>, options: {
  without?: string[];
  constants?: Record<string, number>;
  lengths?: number[];
} = {}): KernelCall {
  const { without = [], constants = {}, lengths = [] } = options;
  const buffers = Object.keys(ops[op].buffers).filter((name) => !without.includes(name));
  return { op, uniforms, constants, buffers, lengths };
}

const cases = kernelCases();

Deno.test("a product of 2 x 3 by 3 x 5 has 60 FLOP, and its operands and result are moved once", () => {
  const without = ["bias", "residual", "preactivation"];
  const product = call("matmul", { m: 2, n: 5, k: 3 }, { without });
  assertEquals(workOf(product), { flop: 60, bytes: 4 * (6 + 15 + 10) });
});

Deno.test("a result that is added to what was there is read as well", () => {
  const sums = (accumulate: number) =>
    workOf(call("columnSums", { rows: 3, columns: 4 }, { constants: { accumulate } }));
  assertEquals(sums(0).bytes, 4 * (12 + 4));
  assertEquals(sums(1).bytes, 4 * (12 + 4 + 4));
});

Deno.test("a lookup counts the rows that it reads, and never more than the table has", () => {
  const lookup = (tableRows: number) =>
    workOf(call("gatherRows", { count: 10, columns: 8, tableRows, firstRow: 0 })).bytes;
  assertEquals(lookup(1000), 4 * (80 + 10 + 80));
  assertEquals(lookup(3), 4 * (24 + 10 + 80));
});

Deno.test("attention grows with the sum of squared lengths", () => {
  const sizes = { tokens: 64, heads: 2, headSize: 32, hidden: 64, scale: 1 };
  const flop = (lengths: number[]) => workOf(call("attention", sizes, { lengths })).flop;
  assertEquals(flop([64]), 2 * flop([32, 32]));
  assertEquals(flop([60, 4]) / flop([64]), (3600 + 16) / 4096);
});

Deno.test("AdamW reads gradients, and reads and writes parameters and both moments, of its stretch only", () => {
  const { bytes } = workOf(call("adamw", { count: 1000, start: 100, length: 100 }));
  assertEquals(bytes, 4 * 700 + 16);
});

Deno.test("every op is measured, at each width where the width matters", () => {
  assertEquals(new Set(cases.map(({ op }) => op)), new Set(Object.keys(ops)));
  const widthless = [
    "crf",
    "crfBackward",
    "crossEntropyGradient",
    "crossEntropyLoss",
    "crossEntropyStats",
    "klDivergence",
    "klDivergenceGradient",
    "lossSum",
  ];
  for (const op of Object.keys(ops).filter((op) => !widthless.includes(op))) {
    for (const encoder of ["MiniLM", "BERT-base", "BERT-large"]) {
      assert(cases.some((one) => one.op === op && one.name.includes(`${encoder},`)), `${op} ${encoder}`);
    }
  }
});

Deno.test("names of cases are unique, and begin with their op", () => {
  assertEquals(new Set(cases.map(({ name }) => name)).size, cases.length);
  assertEquals(cases.filter(({ op, name }) => name.split(",")[0] !== op), []);
});

Deno.test("every case has all uniforms of its op, no others, and moves something", () => {
  for (const one of cases) {
    const { uniforms, constants, buffers }: OpDeclaration = ops[one.op];
    assertEquals(new Set(Object.keys(one.uniforms)), new Set(Object.keys(uniforms)), one.name);
    assertEquals(Object.keys(one.constants).filter((name) => !constants.includes(name)), [], one.name);
    assertEquals(strangers(one, buffers), [], one.name);
    const { flop, bytes } = workOf(one);
    assert(Number.isInteger(flop) && Number.isInteger(bytes) && bytes > 0, one.name);
  }
});

/** Names of data that belong to no buffer of the case. */
function strangers({ buffers, data }: KernelCase, declared: OpDeclaration["buffers"]): string[] {
  return [...buffers, ...Object.keys(data)].filter((name) => !(name in declared) || !buffers.includes(name));
}
