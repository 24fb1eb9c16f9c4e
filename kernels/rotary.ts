import { defineOp, groupsFor } from "./contract.ts";
import { movedElement } from "./element.ts";
import source from "./rotary.wgsl" with { type: "text" };

/**
 * Rotary position embeddings (Su et al. 2021, arXiv:2104.09864), in place: in every head of queries and keys
 * the numbers c and `headSize / 2 + c` are turned by an angle of their token. Values stay as they are.
 *
 * With `inverse` it turns back, which is the gradient of the way there.
 */
export const rotary = defineOp({
  buffers: {
    qkv: { dtype: "real", shape: ["tokens", 3, "hidden"], access: "readWrite" },
    /** Of each token the cosines of its `headSize / 2` angles, then their sines. */
    turns: { dtype: "f32", shape: ["tokens", "headSize"], access: "read" },
  },
  uniforms: {
    tokens: "u32",
    heads: "u32",
    /** An even number. */
    headSize: "u32",
    /** heads * headSize. */
    hidden: "u32",
  },
  constants: ["inverse"],
  passes: (call) => {
    const { uniforms: { tokens, hidden, headSize }, constants } = call;
    const element = movedElement(headSize / 2, call);
    return [{
      name: `rotary ${element.width}`,
      source: () => element.prelude + source,
      bindings: ["qkv", "turns"],
      constants,
      workgroups: groupsFor(tokens * hidden / element.width, 64),
    }];
  },
});
