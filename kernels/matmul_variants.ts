/**
 * Which WebGPU kernel computes a product: two kernels, a few classes of products, and a table from one to the
 * other.
 */

/**
 * A kernel by where it holds its tiles: matmul_registers.wgsl, or matmul_shared.wgsl with matmul_parts.wgsl,
 * whose tiles may be large.
 */
export type MatmulVariant = "registers" | "shared" | "shared-large";

/** All kernels. */
export const matmulVariants: readonly MatmulVariant[] = ["registers", "shared", "shared-large"];

/**
 * A class of products: which operands are stored transposed, as BLAS writes it, and `thin` where the tiles of
 * outputs are too few to fill a GPU. A layer forward is NT, the gradient of its input NN, the gradient of its
 * weights TN.
 */
export type MatmulClass = "NN" | "NN thin" | "NT" | "NT thin" | "TN" | "TN thin";

/** All classes. */
export const matmulClasses: readonly MatmulClass[] = ["NN", "NN thin", "NT", "NT thin", "TN", "TN thin"];

/** The kernel of every class. */
export type MatmulTable = Readonly<Record<MatmulClass, MatmulVariant>>;

/** Rows and columns of the tile of outputs that one workgroup of matmul_shared.wgsl computes. */
export const SHARED_TILES = { "shared": 64, "shared-large": 128 };

/** With fewer workgroups a GPU has nothing to do for some of its cores. */
export const ENOUGH_WORKGROUPS = 128;

/** The class of a call; one with both operands transposed, which no model has, counts as TN. */
export function matmulClass({ uniforms: { m, n }, constants }: {
  readonly uniforms: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, number>>;
}): MatmulClass {
  const layout = constants.transposeA ? "TN" : constants.transposeB ? "NT" : "NN";
  const tile = SHARED_TILES.shared;
  const tiles = Math.ceil(m / tile) * Math.ceil(n / tile);
  return tiles < ENOUGH_WORKGROUPS ? `${layout} thin` : layout;
}

/** One kernel for all products. */
export function tableOf(variant: MatmulVariant): MatmulTable {
  return Object.fromEntries(matmulClasses.map((name) => [name, variant])) as MatmulTable;
}

/** What an adapter takes where nothing was measured. */
export function usualTable(software: boolean): MatmulTable {
  return software ? REGISTERS : SHARED;
}

const REGISTERS = tableOf("registers");
const SHARED = tableOf("shared");

/** Whether a value, of a file perhaps, names a kernel that there is for every class. */
export function isMatmulTable(value: unknown): value is MatmulTable {
  const table = Object(value);
  return matmulClasses.every((name) => matmulVariants.includes(table[name]));
}

/** A table in words: `shared`, or `NN registers, NN thin shared, ...`. */
export function showTable(table: Readonly<Record<string, unknown>>): string {
  const variants = new Set(Object.values(table));
  if (variants.size === 1) return String([...variants][0]);
  return Object.entries(table).map((entry) => entry.join(" ")).join(", ");
}
