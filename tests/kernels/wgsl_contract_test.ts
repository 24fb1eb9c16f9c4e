import { assert, assertEquals } from "@std/assert";
import type { Call, OpDeclaration, Pass } from "../../kernels/contract.ts";
import { type OpName, ops } from "../../kernels/mod.ts";
import { tableOf } from "../../kernels/matmul_variants.ts";
import { halfForms } from "./half_forms.ts";
import { cases } from "../../kernels/reference/mod.ts";
import type { ErrorScopes } from "../../src/device/webgpu/error_scopes.ts";
import { PipelineCache, pipelineKey } from "../../src/device/webgpu/pipelines.ts";
import { callOf } from "./call_of.ts";

/** WebGPU's default limits. */
const MOST_STORAGE_BUFFERS = 8;
const MOST_WORKGROUP_BYTES = 16_384;
const MOST_INVOCATIONS = 256;
/** Bytes of a slot of the uniform ring. */
const MOST_UNIFORM_BYTES = 256;

interface OpPass {
  readonly op: OpName;
  readonly declaration: OpDeclaration;
  readonly call: Call;
  readonly pass: Pass;
  readonly text: string;
  /** The text without comments. */
  readonly wgsl: string;
}

const adapters = [{ software: true }, { software: false }, { matmul: tableOf("shared-large") }];

/** Every pass that the shape table asks for in f32 and f16, by adapter. */
const asked = adapters.map((adapter) =>
  (Object.keys(ops) as OpName[]).flatMap((op) => {
    const declaration: OpDeclaration = ops[op];
    return cases[op]().flatMap((proof) => [proof, ...halfForms(proof)]).flatMap((proof) => {
      const call = { ...callOf(proof), ...adapter };
      return declaration.passes(call).map((pass): OpPass => {
        const text = pass.source();
        return { op, declaration, call, pass, text, wgsl: text.replace(/\/\/.*/g, "") };
      });
    });
  })
);

/** The passes of all adapters, once for each text and each set of constants. */
const passes = [
  ...new Map(asked.flat().map((one) => [one.text + JSON.stringify(one.pass.constants ?? {}), one])).values(),
];

function forEachPass(check: (pass: OpPass) => void): void {
  assert(passes.length >= Object.keys(ops).length);
  for (const pass of passes) check(pass);
}

Deno.test("each kernel binds the buffers of its pass: number, order, access and element type", () => {
  forEachPass(({ op, declaration, call, pass, wgsl }) => {
    const scratch = Object.keys(declaration.scratch?.(call) ?? {});
    const expected = pass.bindings.map((binding, i) => {
      const [name, access = declaration.buffers[name]?.access ?? "readWrite"] = binding.split(":");
      assert(name in declaration.buffers || scratch.includes(name), `${op}: ${name} is no buffer of the op`);
      return `${i} ${access === "read" ? "read" : "read_write"}`;
    });
    const bound = [
      ...wgsl.matchAll(
        /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(\w+)>\s*(\w+)\s*:\s*array<([\w<>]+)>/g,
      ),
    ];
    assertEquals(bound.map(([, index, access]) => `${index} ${access}`).sort(), expected, pass.name);
    for (const [, index, , name, element] of bound) {
      const buffer = pass.bindings[Number(index)].split(":")[0];
      assertEquals(name, buffer, `${pass.name}: binding ${index}`);
      // widen writes the bits of an f32.
      if (op !== "widen") {
        assertEquals(scalarOf(element, wgsl), call.dtypes[buffer] ?? "f32", `${pass.name}: ${name}`);
      }
    }
    assertEquals(wgsl.match(/var<storage/g)?.length, bound.length, `${pass.name}: a buffer in another form`);
  });
});

/** The scalar of an element type, which may be an alias (of an alias). */
function scalarOf(type: string, wgsl: string): string {
  const aliased = new RegExp(`^alias ${type} = ([\\w<>]+);`, "m").exec(wgsl)?.[1];
  if (aliased !== undefined) return scalarOf(aliased, wgsl);
  const [, letter] = /^(?:vec\d|mat\dx\d)([fiuh])$/.exec(type) ?? [];
  if (letter !== undefined) return letter === "h" ? "f16" : `${letter}32`;
  return /^(?:vec\d<)?(\w+)>?$/.exec(type)![1];
}

Deno.test("passes that a device takes for the same pipeline have the same text", () => {
  for (const ofAdapter of asked) {
    const texts = Map.groupBy(ofAdapter, ({ pass, call }) => pipelineKey(pass, call.dtypes));
    for (const [key, same] of texts) assertEquals(new Set(same.map(({ text }) => text)).size, 1, key);
  }
});

Deno.test("the text of a pass is built where its pipeline is compiled, and not again", () => {
  let built = 0;
  const anything: unknown = new Proxy(() => anything, { get: () => anything });
  const cache = new PipelineCache(anything as GPUDevice, anything as GPUBindGroupLayout, {
    guard: (_: string, compile: () => unknown) => compile(),
  } as ErrorScopes);
  const [{ declaration, pass, call: { dtypes } }] = passes;
  const counted = { ...pass, source: () => `${++built}` };
  for (let i = 0; i < 3; i++) cache.get(declaration, { pass: counted, dtypes });
  assertEquals(built, 1);
});

Deno.test("`enable` stands first, in a kernel that binds f16 and in no other", () => {
  forEachPass(({ call, pass, text, wgsl }) => {
    const halves = pass.bindings.some((binding) => call.dtypes[binding.split(":")[0]] === "f16");
    assertEquals(/^enable f16;\n/.test(text), halves, pass.name);
    assertEquals(wgsl.match(/^\s*enable\b/gm)?.length ?? 0, Number(halves), pass.name);
  });
});

Deno.test("each kernel's uniforms are the first of its op's, in order and type", () => {
  forEachPass(({ declaration, pass, wgsl }) => {
    const [, body] = /struct Uniforms\s*\{([^}]*)\}/.exec(wgsl)!;
    const fields = [...body.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name, type]) => [name, type]);
    const declared = Object.entries(declaration.uniforms);
    assertEquals(fields, declared.slice(0, fields.length), pass.name);
    for (const [, name] of wgsl.matchAll(/uniforms\.(\w+)/g)) {
      assert(fields.some(([field]) => field === name), `${pass.name} reads uniforms.${name}`);
    }
    assert(declared.length * 4 <= MOST_UNIFORM_BYTES);
    assertEquals(
      wgsl.match(/@group\(1\)\s*@binding\(0\)\s*var<uniform>\s*uniforms\s*:\s*Uniforms/g)?.length,
      1,
    );
  });
});

Deno.test("a kernel has an override for each constant of its pass, and none that nobody sets", () => {
  forEachPass(({ pass, wgsl }) => {
    const overrides = [...wgsl.matchAll(/^override\s+(\w+)/gm)].map(([, name]) => name);
    assertEquals(overrides.sort(), Object.keys(pass.constants ?? {}).sort(), pass.name);
  });
});

Deno.test("kernels stay within WebGPU's default limits", () => {
  forEachPass(({ pass, wgsl }) => {
    assert(pass.bindings.length <= MOST_STORAGE_BUFFERS, pass.name);
    const [, size] = /@workgroup_size\((\w+)\)/.exec(wgsl)!;
    assert((constantsOf(wgsl).get(size) ?? Number(size)) <= MOST_INVOCATIONS, pass.name);
    assert(workgroupBytes(wgsl) <= MOST_WORKGROUP_BYTES, pass.name);
    assertEquals(wgsl.match(/\bfn main\(/g)?.length, 1, pass.name);
    assert(!/\batomic|subgroup/.test(wgsl), `${pass.name} needs more than every adapter has`);
  });
});

Deno.test("kernels number their workgroups over x and y, as the device folds them", () => {
  forEachPass(({ pass, wgsl }) => {
    const others = wgsl.replaceAll("wid.x + wid.y * nwg.x", "").match(/\b(wid|nwg)\.\w/g);
    assertEquals(others, null, pass.name);
  });
});

/** The constants of a kernel that are plain numbers. */
function constantsOf(wgsl: string): Map<string, number> {
  const declared = wgsl.matchAll(/^const\s+(\w+)\s*=\s*(\d+)u?;/gm);
  return new Map([...declared].map(([, name, value]) => [name, Number(value)]));
}

/** Bytes of all `var<workgroup>` arrays; lengths are products of constants. */
function workgroupBytes(wgsl: string): number {
  const constants = constantsOf(wgsl);
  const widths: Record<string, number> = { f32: 4, u32: 4, vec2f: 8, vec3f: 16, vec4f: 16 };
  const aliases = new Map(
    [...wgsl.matchAll(/^alias\s+(\w+)\s*=\s*(\w+)/gm)].map(([, name, type]) => [name, type]),
  );
  // What a struct takes at most: its fields are aligned to 16 bytes or less.
  for (const [, name, fields] of wgsl.matchAll(/^struct\s+(\w+)\s*\{([^}]*)\}/gm)) {
    const types = [...fields.matchAll(/:\s*(\w+)/g)].map(([, type]) => widths[type]);
    widths[name] = 16 * Math.ceil(types.reduce((sum, width) => sum + width, 0) / 16);
  }
  let bytes = 0;
  for (const [, element, length] of wgsl.matchAll(/var<workgroup>\s*\w+\s*:\s*array<(\w+),\s*([^>]+)>/g)) {
    const factors = length.split("*").map((factor) => constants.get(factor.trim()) ?? parseInt(factor));
    bytes += factors.reduce((product, factor) => product * factor, widths[aliases.get(element) ?? element]);
  }
  assert(Number.isFinite(bytes), "a workgroup array whose size this test cannot read");
  return bytes;
}
