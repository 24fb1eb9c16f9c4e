import { assert } from "@std/assert";
import fc from "fast-check";
import type { Call, OpDeclaration } from "../../kernels/contract.ts";
import { kernels } from "../../kernels/cpu/mod.ts";
import { matmulClasses, type MatmulTable, matmulVariants } from "../../kernels/matmul_variants.ts";
import { type OpName, ops } from "../../kernels/mod.ts";
import { cases } from "../../kernels/reference/mod.ts";
import { callOf } from "./call_of.ts";

const tables = fc.tuple(...matmulClasses.map(() => fc.constantFrom(...matmulVariants)))
  .map((variants) => Object.fromEntries(matmulClasses.map((name, i) => [name, variants[i]])) as MatmulTable);

for (const op of Object.keys(ops) as OpName[]) {
  const declaration: OpDeclaration = ops[op];
  const dimensions = Object.values(declaration.buffers).flatMap(({ shape }) => shape)
    .map((dimension) => String(dimension).split("+")[0]);
  const sizes = Object.keys(declaration.uniforms).filter((name) => dimensions.includes(name));
  const calls = cases[op]().map(callOf);

  Deno.test(`the scratch of ${op} never gets smaller where a size gets larger`, () => {
    const growth = fc.array(fc.integer({ min: 0, max: 3000 }), {
      minLength: sizes.length,
      maxLength: sizes.length,
    });
    fc.assert(
      fc.property(fc.constantFrom(...calls), growth, growth, tables, (call, first, second, matmul) => {
        const grown = (by: readonly number[], { uniforms, ...rest }: Call) => ({
          ...rest,
          uniforms: {
            ...uniforms,
            ...Object.fromEntries(sizes.map((name, i) => [name, uniforms[name] + by[i]])),
          },
        });
        const small = grown(first, { ...call, matmul });
        const large = grown(second, small);
        for (const scratch of [declaration.scratch, (call: Call) => kernels[op].scratch?.(call, 3) ?? {}]) {
          const [fewer, more] = [small, large].map((call) => scratch?.(call) ?? {});
          for (const name in fewer) {
            assert(more[name] >= fewer[name], `${name}: ${fewer[name]}, ${more[name]}`);
          }
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
}
