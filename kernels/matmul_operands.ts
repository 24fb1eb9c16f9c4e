/** Row lengths decide how matmul.wgsl reads: rows that are a multiple of 4 elements long are read as vec4f. */
export interface MatmulWidths {
  /** Whether the stored rows of a are a multiple of 4 long; likewise b, and the rows of all `[m, n]` buffers. */
  readonly a: boolean;
  readonly b: boolean;
  readonly c: boolean;
}

/**
 * The WGSL prelude of matmul.wgsl: uniforms, buffers, and functions that move four neighbouring elements.
 *
 * One binding cannot have two element types in one module, so the element type is a matter of text. An element index
 * that stands at a row's start plus a multiple of 4 is a multiple of 4 itself wherever the row length is one.
 */
export function matmulOperands({ a, b, c }: MatmulWidths): string {
  return [
    "struct Uniforms { m: u32, n: u32, k: u32 }",
    "@group(1) @binding(0) var<uniform> uniforms: Uniforms;",
    reader("a", { binding: 0, wide: a }),
    reader("b", { binding: 1, wide: b }),
    reader("bias", { binding: 2, wide: c }),
    reader("residual", { binding: 3, wide: c }),
    reader("c", { binding: 4, wide: c, access: "read_write" }),
    writer("c", c),
    buffer("preactivation", { binding: 5, wide: c, access: "read_write" }),
    writer("preactivation", c),
    buffer("product", { binding: 6, wide: true, access: "read_write" }),
    "",
  ].join("\n");
}

interface Operand {
  readonly binding: number;
  readonly wide: boolean;
  readonly access?: "read" | "read_write";
}

function buffer(name: string, { binding, wide, access = "read" }: Operand): string {
  return `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${wide ? "vec4f" : "f32"}>;`;
}

/** A buffer and `nameAt(at)`: the elements `at` to `at + 3`. */
function reader(name: string, operand: Operand): string {
  const value = operand.wide
    ? `${name}[at / 4u]`
    : `vec4f(${name}[at], ${name}[at + 1u], ${name}[at + 2u], ${name}[at + 3u])`;
  return `${buffer(name, operand)}\nfn ${name}At(at: u32) -> vec4f { return ${value}; }`;
}

/** `putName(at, column, value)`: writes the elements that are left of the row's end. */
function writer(name: string, wide: boolean): string {
  const single = (i: number, component: string) =>
    `if (column + ${i}u < uniforms.n) { ${name}[at + ${i}u] = value.${component}; }`;
  const body = wide
    ? `${name}[at / 4u] = value;`
    : [..."xyzw"].map((component, i) => single(i, component)).join(" ");
  return `fn put${name[0].toUpperCase()}${name.slice(1)}(at: u32, column: u32, value: vec4f) { ${body} }`;
}
