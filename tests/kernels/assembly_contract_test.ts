import { assert, assertEquals } from "@std/assert";
import { dropoutUniforms, type OpDeclaration } from "../../kernels/contract.ts";
import type { CpuKernel } from "../../kernels/cpu/kernel.ts";
import { kernels } from "../../kernels/cpu/mod.ts";
import { matmulWords, NATIVE_KERNEL, nativeMatmul } from "../../kernels/cpu/native_matmul.ts";
import relaxed from "../../kernels/cpu/wasm/relaxed.base64" with { type: "text" };
import simd from "../../kernels/cpu/wasm/simd.base64" with { type: "text" };
import unshared from "../../kernels/cpu/wasm/unshared.base64" with { type: "text" };
import { type OpName, ops } from "../../kernels/mod.ts";
import { cases } from "../../kernels/reference/mod.ts";
import { CALL_BYTES, control, MOST_THREADS, slotOf } from "../../src/device/cpu/ring.ts";
import { callOf } from "./call_of.ts";

const variants = Object.entries({ relaxed, simd, unshared }).map(([name, text]) => {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return { name, bytes, module: new WebAssembly.Module(bytes) };
});

/** Kernels and classes of the device itself, which serve no op. */
const deviceKernels = ["copyBytes", "clearBytes"];
const deviceClasses = ["CopyBytes", "ClearBytes"];

const implementations: [OpName, CpuKernel][] = [
  ...(Object.keys(ops) as OpName[]).map((op): [OpName, CpuKernel] => [op, kernels[op]]),
  ["matmul", nativeMatmul],
];

/** What the CPU does for each call of the shape table. */
const calls = implementations.flatMap(([op, kernel]) => {
  const declaration: OpDeclaration = ops[op];
  return cases[op]().map((proof) => {
    const call = callOf(proof);
    return {
      op,
      label: `${op} ${proof.label}`,
      declaration,
      passes: kernel.passes(call),
      scratch: [1, 8].map((threads) => kernel.scratch?.(call, threads) ?? {}),
    };
  });
});

const classes = await callClasses();

Deno.test("the fields of a call class are the words of its op's call: names, order and types", () => {
  for (const { op, label, declaration, scratch } of calls) {
    const expected = [
      ...Object.keys(declaration.buffers).map((name) => `${name}: usize`),
      ...Object.keys(scratch[0]).map((name) => `${name}: usize`),
      ...Object.entries(declaration.uniforms).map(([name, type]) => `${name}: ${type}`),
      ...declaration.constants.map((name) => `${name}: u32`),
    ];
    assertEquals(classes.get(op[0].toUpperCase() + op.slice(1)), expected, label);
    assert(
      expected.length * 4 <= CALL_BYTES,
      `${label}: ${expected.length} words do not fit a slot of the ring`,
    );
  }
});

Deno.test("the native product reads the words of matmul's call", () => {
  assertEquals(classes.get("Matmul")?.map((field) => field.split(":")[0]), [...matmulWords]);
});

Deno.test("every call class belongs to an op, to the dropout uniforms or to the device", () => {
  const known = Object.keys(ops).map((op) => op[0].toUpperCase() + op.slice(1));
  assertEquals([...classes.keys()].sort(), [...known, "DropoutUniforms", ...deviceClasses].sort());
  const dropout = Object.entries(dropoutUniforms).map(([name, type]) => {
    const field = name.slice("dropout".length);
    return `${field[0].toLowerCase()}${field.slice(1)}: ${type}`;
  });
  assertEquals(classes.get("DropoutUniforms"), dropout);
});

Deno.test("tasks are whole numbers, and scratch is a whole number of elements for any number of threads", () => {
  for (const { label, passes, scratch } of calls) {
    for (const { kernel, tasks } of passes) {
      assert(Number.isSafeInteger(tasks) && tasks >= 0, `${label}: ${tasks} tasks of ${kernel}`);
    }
    for (const elements of scratch) {
      assertEquals(Object.keys(elements), Object.keys(scratch[0]), `${label}: scratch`);
      for (const [name, count] of Object.entries(elements)) {
        assert(Number.isSafeInteger(count) && count >= 0, `${label}: ${count} elements of ${name}`);
      }
    }
  }
});

for (const { name, bytes, module } of variants) {
  Deno.test(`the ${name} module exports the kernels of all passes and no other function`, () => {
    const exported = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
    const used = new Set(calls.flatMap(({ passes }) => passes.map(({ kernel }) => kernel)));
    used.delete(NATIVE_KERNEL);
    assertEquals(exported.map(({ name }) => name).sort(), [...used, ...deviceKernels].sort());
  });

  Deno.test(`the ${name} module's constants lie between the control words and the ring`, () => {
    const first = (control.positions + MOST_THREADS) * 4;
    const end = slotOf(0).kernel * 4;
    for (const { address, length } of dataSegments(bytes)) {
      assert(
        address >= first && address + length <= end,
        `${length} bytes at ${address}, not in ${first} .. ${end}`,
      );
    }
  });
}

/** The fields of every `@unmanaged` class of the assembly, as `name: type`. */
async function callClasses(): Promise<Map<string, string[]>> {
  const folder = new URL("../../kernels/cpu/assembly/", import.meta.url);
  const found = new Map<string, string[]>();
  for await (const { name } of Deno.readDir(folder)) {
    const text = (await Deno.readTextFile(new URL(name, folder))).replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    for (
      const [, className, body] of text.matchAll(/@unmanaged\s+(?:export\s+)?class\s+(\w+)\s*\{([^}]*)\}/g)
    ) {
      assert(!found.has(className), `two classes are called ${className}`);
      found.set(className, body.split(";").map((field) => field.trim()).filter(Boolean));
    }
  }
  return found;
}

/**
 * Where a WASM module's data goes; each thread writes it anew when it starts, so it must be constants alone.
 */
function dataSegments(bytes: Uint8Array): { address: number; length: number }[] {
  let at = 8;
  const integer = () => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const segments = [];
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = integer() + at;
    const [start, data] = [8, 11];
    assert(section !== start, "a start function runs in every thread");
    if (section === data) {
      for (let left = integer(); left > 0; left--) {
        const [active, constant] = [0, 0x41];
        assertEquals([bytes[at++], bytes[at++]], [active, constant]);
        const address = integer();
        at++; // the end of the address
        const length = integer();
        segments.push({ address, length });
        at += length;
      }
    }
    at = end;
  }
  return segments;
}
