import {
  type Call,
  type DType,
  elementsOf,
  elementTypes,
  type OpDeclaration,
} from "../../kernels/contract.ts";
import type { HostData, View } from "./device.ts";

/**
 * A call that was checked: all uniforms there, constants as numbers, buffers large enough and of their dtype.
 */
export interface CheckedCall extends Call {
  readonly buffers: Readonly<Record<string, View | undefined>>;
}

/**
 * Checks a call against its declaration, on every device alike.
 *
 * @throws {TypeError} for a missing or unknown name, a wrong dtype, a number that does not fit its uniform,
 * or one memory that is read and written under two names, which WebGPU does not allow
 * @throws {RangeError} for a buffer that is smaller than its shape
 */
export function checkCall(
  op: string,
  declaration: OpDeclaration,
  buffers: Readonly<Record<string, View | undefined>>,
  parameters: Readonly<Record<string, number | boolean | undefined>>,
): CheckedCall {
  const uniforms: Record<string, number> = {};
  for (const [name, type] of Object.entries(declaration.uniforms)) {
    const value = parameters[name];
    const fits = typeof value === "number" &&
      (type === "f32" ? Number.isFinite(value) : value === value >>> 0);
    if (!fits) throw new TypeError(`${op}: expected ${name} to be a ${type} but found ${value}`);
    uniforms[name] = value;
  }
  const constants: Record<string, number> = {};
  for (const name of declaration.constants) constants[name] = Number(parameters[name] ?? 0);
  for (const name in parameters) {
    if (!Object.hasOwn(uniforms, name) && !Object.hasOwn(constants, name)) {
      throw new TypeError(`${op} has no parameter ${name}`);
    }
  }
  for (const name in buffers) {
    if (!Object.hasOwn(declaration.buffers, name)) throw new TypeError(`${op} has no buffer ${name}`);
  }
  const given = Object.entries(buffers).map(([name, view]) => [name, view?.dtype]);
  const types = elementTypes(op, declaration, Object.fromEntries(given));
  for (const [name, { shape, optional }] of Object.entries(declaration.buffers)) {
    const view = buffers[name];
    if (view === undefined) {
      if (!optional) throw new TypeError(`${op}: buffer ${name} is missing`);
      continue;
    }
    const expected = elementsOf(shape, uniforms);
    if (view.length < expected) {
      throw new RangeError(
        `${op}: expected ${name} [${shape.join(", ")}] to have ${expected} elements but found ${view.length}`,
      );
    }
  }
  checkAliases(op, declaration, buffers);
  return { uniforms, constants, ...types, buffers, has: (name) => buffers[name] !== undefined };
}

/** A buffer may be bound several times for reading or several times for writing, but not both. */
function checkAliases(
  op: string,
  declaration: OpDeclaration,
  buffers: Readonly<Record<string, View | undefined>>,
): void {
  for (const written in buffers) {
    if (declaration.buffers[written].access === "read") continue;
    for (const read in buffers) {
      if (
        declaration.buffers[read].access === "read" && buffers[read]?.buffer === buffers[written]?.buffer &&
        buffers[read]
      ) {
        throw new TypeError(
          `${op}: expected ${read} and ${written} in two buffers, since one is read and one written`,
        );
      }
    }
  }
}

/**
 * Checks an upload, on every device alike.
 *
 * @throws {TypeError} for data of another dtype, which one device would convert and another take bit by bit
 * @throws {RangeError} for more data than the view holds
 */
export function checkUpload({ dtype, length }: View, data: HostData): void {
  const found = dtypeOf(data);
  if (found !== dtype) throw new TypeError(`Expected ${dtype} data to upload but found ${found}`);
  if (data.length > length) {
    throw new RangeError(`Expected at most ${length} elements to upload but found ${data.length}`);
  }
}

/** The dtype of host data. */
export function dtypeOf(data: HostData): DType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float16Array) return "f16";
  return data instanceof Uint32Array ? "u32" : "i32";
}
