import type { ElementTypes, RealDType } from "./contract.ts";

/**
 * The WGSL prelude of a kernel with `real` buffers, which stands before all other text: `Real` and `Real4`
 * for these, and for each named `anyReal` buffer c `CReal` and `CReal4`.
 */
export function realTypes({ real, dtypes }: ElementTypes, ...anyReals: readonly string[]): string {
  const types = [real, ...anyReals.map((name) => dtypes[name] as RealDType)];
  const aliases = ["", ...anyReals].map((name, i) =>
    `alias ${realName(name)} = ${types[i]};\nalias ${realName(name)}4 = vec4<${types[i]}>;\n`
  );
  return `${types.includes("f16") ? "enable f16;\n" : ""}${aliases.join("")}`;
}

/** What {@linkcode realTypes} calls the type of an `anyReal` buffer, and with "" that of the `real` ones. */
export function realName(buffer: string): string {
  return `${buffer.slice(0, 1).toUpperCase()}${buffer.slice(1)}Real`;
}
