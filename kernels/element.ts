import type { ElementTypes } from "./contract.ts";
import { realName, realTypes } from "./reals.ts";

/** What a kernel over rows moves at once. */
interface Element {
  /** Neighbouring numbers of an element. */
  readonly width: 1 | 4;
  /**
   * The WGSL prelude, which stands before all other text: the type `Element` in which a kernel computes, its
   * `WIDTH`, and what becomes of the numbers within one; `Stored`, an element of the `real` buffers, and
   * `CStored` of an `anyReal` buffer c.
   */
  readonly prelude: string;
}

/**
 * The element of rows that are `length` long, or of a flat buffer of that length: rows that are a multiple of
 * 4 long are moved as vec4f, others number by number. One binding cannot have two types in a module, so this
 * is a matter of text, and the width belongs into the pass's name.
 */
export function movedElement(length: number, types: ElementTypes, ...anyReals: readonly string[]): Element {
  const width = length % 4 === 0 ? 4 : 1;
  return {
    width,
    get prelude() {
      const stored = ["", ...anyReals].map((name) => {
        const real = realName(name);
        return `alias ${real.replace(/Real$/, "Stored")} = ${width === 4 ? `${real}4` : real};\n`;
      });
      return realTypes(types, ...anyReals) + stored.join("") + (width === 4 ? vectors : scalars);
    },
  };
}

/** For {@linkcode movedElement} in a pass that binds neither `real` buffers nor others that may be f16. */
export const FLOATS: ElementTypes = { real: "f32", dtypes: {} };

/** The WGSL function `name(element)` that applies a function of a number, given as text, to each number. */
export function numberwise({ width }: Element, name: string, f: (x: string) => string): string {
  const numbers = width === 4 ? ["e.x", "e.y", "e.z", "e.w"] : ["e"];
  return `fn ${name}(e: Element) -> Element { return Element(${numbers.map(f).join(", ")}); }\n`;
}

/** For kernels with philox.wgsl: `keepElement(row, i)`, dropout's factors of the i-th element of a row. */
export function keepElement({ width }: Element): string {
  const scales = width === 4 ? "keepScales" : "keepScale";
  return `fn keepElement(row: u32, i: u32) -> Element { return ${scales}(row, i); }\n`;
}

const vectors = `alias Element = vec4f;
const WIDTH = 4u;
fn sumOf(element: Element) -> f32 { return (element.x + element.y) + (element.z + element.w); }
fn largestOf(element: Element) -> f32 { return max(max(element.x, element.y), max(element.z, element.w)); }
fn numberOf(element: Element, i: u32) -> f32 { return element[i]; }
// 1 at one number of the element and 0 elsewhere.
fn unitOf(i: u32) -> Element { return select(vec4f(0.0), vec4f(1.0), vec4u(0u, 1u, 2u, 3u) == vec4u(i)); }
`;

const scalars = `alias Element = f32;
const WIDTH = 1u;
fn sumOf(element: Element) -> f32 { return element; }
fn largestOf(element: Element) -> f32 { return element; }
fn numberOf(element: Element, i: u32) -> f32 { return element; }
fn unitOf(i: u32) -> Element { return 1.0; }
`;
