import type { ElementTypes } from "./contract.ts";
import { realTypes } from "./reals.ts";

/**
 * Row lengths decide how matmul.wgsl reads: rows that are a multiple of 4 elements long are read as vec4f.
 */
interface MatmulWidths {
  /**
   * Whether the stored rows of a are a multiple of 4 long; likewise b, and the rows of all `[m, n]` buffers.
   */
  readonly a: boolean;
  readonly b: boolean;
  readonly c: boolean;
}

/**
 * The WGSL prelude of matmul.wgsl: uniforms, buffers, and functions that move four neighbouring elements.
 *
 * One binding cannot have two element types in one module, so the element type is a matter of text. An
 * element index that stands at a row's start plus a multiple of 4 is a multiple of 4 itself wherever the row
 * length is one.
 */
export function matmulOperands({ a, b, c }: MatmulWidths, types: ElementTypes): string {
  return [
    realTypes(types, "c") + "struct Uniforms { m: u32, n: u32, k: u32 }",
    "@group(1) @binding(0) var<uniform> uniforms: Uniforms;",
    reader("a", { binding: 0, wide: a, type: "Real" }),
    reader("b", { binding: 1, wide: b, type: "Real" }),
    reader("bias", { binding: 2, wide: c, type: "f32" }),
    reader("residual", { binding: 3, wide: c, type: "Real" }),
    reader("c", { binding: 4, wide: c, type: "CReal", access: "read_write" }),
    writer("c", { wide: c, type: "CReal" }),
    buffer("preactivation", { binding: 5, wide: c, type: "Real", access: "read_write" }),
    writer("preactivation", { wide: c, type: "Real" }),
    buffer("product", { binding: 6, wide: true, type: "f32", access: "read_write" }),
    "",
  ].join("\n");
}

interface Operand {
  readonly binding: number;
  readonly wide: boolean;
  /** Of an element; of four of them it is the name followed by 4, as `realTypes` has it. */
  readonly type: "f32" | "Real" | "CReal";
  readonly access?: "read" | "read_write";
}

function buffer(name: string, { binding, access = "read", ...operand }: Operand): string {
  return `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${movedType(operand)}>;`;
}

function movedType({ wide, type }: Pick<Operand, "wide" | "type">): string {
  if (!wide) return type;
  return type === "f32" ? "vec4f" : `${type}4`;
}

/** A buffer and `nameAt(at)`: the elements `at` to `at + 3` as f32. */
function reader(name: string, operand: Operand): string {
  const single = (at: string) => `f32(${name}[${at}])`;
  const value = operand.wide
    ? `vec4f(${name}[at / 4u])`
    : `vec4f(${["at", "at + 1u", "at + 2u", "at + 3u"].map(single).join(", ")})`;
  return `${buffer(name, operand)}\nfn ${name}At(at: u32) -> vec4f { return ${value}; }`;
}

/** `putName(at, column, value)`: writes the elements that are left of the row's end. */
function writer(name: string, operand: Pick<Operand, "wide" | "type">): string {
  const moved = movedType(operand);
  const single = (i: number, component: string) =>
    `if (column + ${i}u < uniforms.n) { ${name}[at + ${i}u] = ${moved}(value.${component}); }`;
  const body = operand.wide
    ? `${name}[at / 4u] = ${moved}(value);`
    : [..."xyzw"].map((component, i) => single(i, component)).join(" ");
  return `fn put${name[0].toUpperCase()}${name.slice(1)}(at: u32, column: u32, value: vec4f) { ${body} }`;
}
