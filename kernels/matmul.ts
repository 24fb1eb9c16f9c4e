import { type Call, defineOp, groupsFor } from "./contract.ts";
import gelu from "./gelu.wgsl" with { type: "text" };
import epilogue from "./matmul_epilogue.wgsl" with { type: "text" };
import { matmulOperands } from "./matmul_operands.ts";
import partsSource from "./matmul_parts.wgsl" with { type: "text" };
import registers from "./matmul_registers.wgsl" with { type: "text" };
import shared from "./matmul_shared.wgsl" with { type: "text" };
import {
  ENOUGH_WORKGROUPS,
  matmulClass,
  type MatmulVariant,
  SHARED_TILE,
  usualTable,
} from "./matmul_variants.ts";

/** Rows and columns of the tile of outputs that one thread of matmul_registers.wgsl computes, threads a workgroup. */
const REGISTERS = { tile: 24, threads: 8 };

/** Where the tiles of matmul_shared.wgsl are too few for a GPU, k is cut into parts of at least so much. */
const LEAST_PART = 128;

/**
 * `c = activation(a · b + bias + residual)`, and `+ c` when `accumulate` is set.
 *
 * `transposeA` means that a is stored `[k, m]`, `transposeB` that b is stored `[n, k]`. `preactivation` receives
 * `a · b + bias + residual`, which the backward pass of the activation needs. Of f16 operands c may be f32, as the gradient
 * of a weight is, and logits.
 */
export const matmul = defineOp({
  buffers: {
    a: { dtype: "real", shape: ["m", "k"], access: "read" },
    b: { dtype: "real", shape: ["k", "n"], access: "read" },
    bias: { dtype: "f32", shape: ["n"], access: "read", optional: true },
    residual: { dtype: "real", shape: ["m", "n"], access: "read", optional: true },
    c: { dtype: "anyReal", shape: ["m", "n"], access: "readWrite" },
    preactivation: { dtype: "real", shape: ["m", "n"], access: "write", optional: true },
  },
  uniforms: { m: "u32", n: "u32", k: "u32" },
  constants: ["transposeA", "transposeB", "accumulate", "activation"],
  scratch: (call) => ({
    product: variantOf(call) === "registers" ? registerScratch(call) : sharedScratch(call),
  }),
  passes: (call) => {
    const { uniforms: { m, n, k }, constants, has } = call;
    const widths = {
      a: (constants.transposeA ? m : k) % 4 === 0,
      b: (constants.transposeB ? k : n) % 4 === 0,
      c: n % 4 === 0,
    };
    const pass = (kernel: string, source: string) => ({
      name: `${kernel} ${Object.values(widths).map((wide) => wide ? 4 : 1).join("")}`,
      source: matmulOperands(widths, call) + gelu + epilogue + source,
      bindings: ["a", "b", "bias", "residual", "c", "preactivation", "product"],
      constants: {
        ...constants,
        hasBias: Number(has("bias")),
        hasResidual: Number(has("residual")),
        hasPreactivation: Number(has("preactivation")),
      },
    });
    if (variantOf(call) === "registers") {
      const workgroups = groupsFor(tilesOf(call, REGISTERS.tile), REGISTERS.threads);
      return [{ ...pass("matmulRegisters", registers), workgroups }];
    }
    const tiles = tilesOf(call, SHARED_TILE);
    const parts = partsOf(call);
    return [
      ["matmulShared", shared, tiles * parts] as const,
      ["matmulParts", partsSource, tiles * 4] as const,
    ]
      .slice(0, parts > 1 ? 2 : 1)
      .map(([kernel, source, workgroups]) => {
        const { constants, ...rest } = pass(kernel, source);
        return { ...rest, constants: { ...constants, parts }, workgroups };
      });
  },
});

function variantOf(call: Call): MatmulVariant {
  return (call.matmul ?? usualTable(call.software === true))[matmulClass(call)];
}

function tilesOf({ uniforms: { m, n } }: Call, tile: number): number {
  return groupsFor(m, tile) * groupsFor(n, tile);
}

function registerScratch(call: Call): number {
  const { tile, threads } = REGISTERS;
  return groupsFor(tilesOf(call, tile), threads) * threads * tile * tile;
}

/** Parts of k of matmul_shared.wgsl. */
function partsOf(call: Call): number {
  const wanted = Math.floor(ENOUGH_WORKGROUPS / tilesOf(call, SHARED_TILE));
  return Math.max(1, Math.min(wanted, Math.floor(call.uniforms.k / LEAST_PART)));
}

function sharedScratch(call: Call): number {
  const parts = partsOf(call);
  return parts > 1 ? parts * tilesOf(call, SHARED_TILE) * SHARED_TILE * SHARED_TILE : 0;
}
