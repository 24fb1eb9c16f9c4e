import { type Call, elementTypes, type OpDeclaration } from "../../kernels/contract.ts";
import { ops } from "../../kernels/mod.ts";
import type { Case } from "../../kernels/reference/proof.ts";
import { dtypeOf } from "../../src/device/call.ts";

/** What an implementation would know of the call of a case, without a device. */
export function callOf({ op, buffers, parameters }: Case): Call {
  const declaration: OpDeclaration = ops[op];
  const given = Object.entries(buffers).map(([name, data]) => [name, dtypeOf(data)]);
  return {
    uniforms: parameters,
    constants: Object.fromEntries(declaration.constants.map((name) => [name, parameters[name] ?? 0])),
    ...elementTypes(op, declaration, Object.fromEntries(given)),
    has: (name) => buffers[name] !== undefined,
  };
}
