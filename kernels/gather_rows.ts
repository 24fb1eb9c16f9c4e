import { defineOp } from "./contract.ts";
import { movedElement } from "./element.ts";
import { streamingPass } from "./rows.ts";
import source from "./gather_rows.wgsl" with { type: "text" };

/**
 * `out[i] = table[indexes[i] - firstRow]`, or `out[i] += ...` when `accumulate` is set.
 *
 * A table may be cut into parts: indexes outside of this part leave their row of `out` as it is.
 */
export const gatherRows = defineOp({
  buffers: {
    table: { dtype: "anyReal", shape: ["tableRows", "columns"], access: "read" },
    indexes: { dtype: "u32", shape: ["count"], access: "read" },
    out: { dtype: "real", shape: ["count", "columns"], access: "readWrite" },
  },
  uniforms: { count: "u32", columns: "u32", tableRows: "u32", firstRow: "u32" },
  constants: ["accumulate"],
  passes: (call) => {
    const { uniforms: { count, columns }, constants } = call;
    const element = movedElement(columns, call, "table");
    const { constants: lanes, workgroups } = streamingPass(count);
    return [{
      name: `gather_rows ${element.width}`,
      source: () => element.prelude + source,
      bindings: ["table", "indexes", "out"],
      constants: { ...constants, ...lanes },
      workgroups,
    }];
  },
});
