import type { OpDeclaration } from "../../kernels/contract.ts";
import { type OpName, ops } from "../../kernels/mod.ts";
import type { Case } from "../../kernels/reference/proof.ts";

/** Whether an op takes f16 at all. */
export function takesHalves(op: OpName): boolean {
  return Object.values((ops[op] as OpDeclaration).buffers).some(({ dtype }) => dtype === "real");
}

/**
 * A line of the shape table once more in f16: all `real` buffers, with every choice for the `anyReal` ones.
 * Its numbers are the nearest ones of f16, so that the reference widens what a device gets.
 */
export function halfForms(proof: Case): Case[] {
  if (!takesHalves(proof.op)) return [];
  const { buffers } = ops[proof.op] as OpDeclaration;
  const given = Object.keys(proof.buffers);
  const reals = given.filter((name) => buffers[name].dtype === "real");
  const anyReals = given.filter((name) => buffers[name].dtype === "anyReal");
  return Array.from({ length: 2 ** anyReals.length }, (_, choice) => {
    const halves = [...reals, ...anyReals.filter((_, bit) => choice >> bit & 1)];
    return {
      ...proof,
      label: `${proof.label}, f16 ${halves.join(" ")}`,
      buffers: {
        ...proof.buffers,
        ...Object.fromEntries(halves.map((name) => [name, Float16Array.from(proof.buffers[name])])),
      },
    };
  });
}
