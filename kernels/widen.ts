import { defineOp, groupsFor } from "./contract.ts";
import source from "./widen.wgsl" with { type: "text" };

/** Numbers of the `format` constant. */
export const halfFormats = { f16: 0, bf16: 1 } as const;

/** 16-bit floats to f32, exactly: two of them lie in each word of `source`, the first in the low half. */
export const widen = defineOp({
  buffers: {
    source: { dtype: "u32", shape: ["words"], access: "read" },
    out: { dtype: "f32", shape: ["count"], access: "write" },
  },
  uniforms: { words: "u32", count: "u32" },
  constants: ["format"],
  passes: ({ uniforms, constants }) => [{
    name: "widen",
    source: () => source,
    bindings: ["source", "out"],
    constants,
    workgroups: groupsFor(uniforms.count, 64),
  }],
});
