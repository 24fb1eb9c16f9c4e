import { type Call, defineOp, groupsFor } from "./contract.ts";
import gelu from "./gelu.wgsl" with { type: "text" };
import epilogue from "./matmul_epilogue.wgsl" with { type: "text" };
import { matmulOperands } from "./matmul_operands.ts";
import partsSource from "./matmul_parts.wgsl" with { type: "text" };
import registers from "./matmul_registers.wgsl" with { type: "text" };
import shared from "./matmul_shared.wgsl" with { type: "text" };
import {
  ENOUGH_WORKGROUPS,
  type MatmulClass,
  matmulClass,
  type MatmulVariant,
  SHARED_TILES,
  usualTable,
} from "./matmul_variants.ts";

/**
 * Rows and columns of the tile of outputs that one thread of matmul_registers.wgsl computes, threads a
 * workgroup.
 */
const REGISTERS = { tile: 24, threads: 8 };

/** Where the tiles of matmul_shared.wgsl are too few for a GPU, k is cut into parts of at least so much. */
const LEAST_PART = 128;

/** The most elements of scratch of matmul_registers.wgsl for a thin product: m is 64 and n 127 * 64. */
const THIN_REGISTERS = 1024 * REGISTERS.tile * REGISTERS.tile;

/**
 * `c = activation(a · b + bias + residual)`, and `+ c` when `accumulate` is set.
 *
 * `transposeA` means that a is stored `[k, m]`, `transposeB` that b is stored `[n, k]`. `preactivation`
 * receives `a · b + bias + residual`, which the backward pass of the activation needs. Of f16 operands c may
 * be f32, as the gradient of a weight is, and logits.
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
  scratch: (call) => ({ product: scratchOf(call) }),
  passes: (call) => {
    const { uniforms: { m, n, k }, constants, has } = call;
    const widths = {
      a: (constants.transposeA ? m : k) % 4 === 0,
      b: (constants.transposeB ? k : n) % 4 === 0,
      c: n % 4 === 0,
    };
    const pass = (kernel: string, source: () => string) => ({
      name: `${kernel} ${Object.values(widths).map((wide) => wide ? 4 : 1).join("")}`,
      source: () => matmulOperands(widths, call) + gelu + epilogue + source(),
      bindings: ["a", "b", "bias", "residual", "c", "preactivation", "product"],
      constants: {
        ...constants,
        hasBias: Number(has("bias")),
        hasResidual: Number(has("residual")),
        hasPreactivation: Number(has("preactivation")),
      },
    });
    const plan = sharedPlan(call);
    if (!plan) {
      const workgroups = groupsFor(tilesOf(call, REGISTERS.tile), REGISTERS.threads);
      return [{ ...pass("matmulRegisters", () => registers), workgroups }];
    }
    const { tile, tiles, parts } = plan;
    const suffix = tile === SHARED_TILES.shared ? "" : "Large";
    const outputsAGroup = 4 * 256;
    return [
      ["matmulShared", shared, tiles * parts] as const,
      ["matmulParts", partsSource, tiles * tile * tile / outputsAGroup] as const,
    ]
      .slice(0, parts > 1 ? 2 : 1)
      .map(([kernel, source, workgroups]) => {
        const { constants, ...rest } = pass(kernel + suffix, () => tileSizes(tile) + source);
        return { ...rest, constants: { ...constants, parts }, workgroups };
      });
  },
});

/** The kernel of a call, or the one that it would have in another class. */
function variantOf(call: Call, name = matmulClass(call)): MatmulVariant {
  return (call.matmul ?? usualTable(call.software === true))[name];
}

/** Elements of scratch: as many as any smaller product has, which may be a thin one of another kernel. */
function scratchOf(call: Call): number {
  const name = matmulClass(call);
  const thin = name.endsWith("thin") ? name : `${name} thin` as MatmulClass;
  const own = scratchUpTo(call, variantOf(call));
  const others = scratchUpTo(call, variantOf(call, thin));
  return Math.max(own, variantOf(call, thin) === "registers" ? Math.min(others, THIN_REGISTERS) : others);
}

/** The most elements of scratch that a kernel has for a product of these sizes or smaller ones. */
function scratchUpTo(call: Call, variant: MatmulVariant): number {
  if (variant === "registers") return registerScratch(call);
  const tile = SHARED_TILES[variant];
  const mostParts = Math.floor(call.uniforms.k / LEAST_PART);
  if (mostParts < 2) return 0;
  // Tiles times parts grow with every side up to a limit, and then fall.
  return Math.min(ENOUGH_WORKGROUPS, tilesOf(call, tile) * mostParts) * tile * tile;
}

function tilesOf({ uniforms: { m, n } }: Call, tile: number): number {
  return groupsFor(m, tile) * groupsFor(n, tile);
}

function registerScratch(call: Call): number {
  const { tile, threads } = REGISTERS;
  return groupsFor(tilesOf(call, tile), threads) * threads * tile * tile;
}

/** What matmul_shared.wgsl makes of a call; undefined where matmul_registers.wgsl computes it. */
function sharedPlan(call: Call) {
  const variant = variantOf(call);
  if (variant === "registers") return undefined;
  const tile = SHARED_TILES[variant];
  const tiles = tilesOf(call, tile);
  const wanted = Math.floor(ENOUGH_WORKGROUPS / tiles);
  const parts = Math.max(1, Math.min(wanted, Math.floor(call.uniforms.k / LEAST_PART)));
  return { tile, tiles, parts };
}

/**
 * The sizes that matmul_shared.wgsl is written in: as much of k as 256 threads fetch by one vec4f each, and
 * padded tiles.
 */
function tileSizes(tile: number): string {
  const step = 4 * 256 / tile;
  const cells = Math.max(tile * (step / 4 + 1), step * (tile / 4 + 1));
  return `const TILE = ${tile}u;\nconst STEP = ${step}u;\nconst CELLS = ${cells}u;\n`;
}
