import { defineOp } from "./contract.ts";
import { movedElement } from "./element.ts";
import { streamingPass } from "./rows.ts";
import source from "./scatter_add_rows.wgsl" with { type: "text" };

/**
 * `table[rows[g] - firstRow] += sum of gradient[order[s]]`, s over `segments[g] .. segments[g + 1]`: the
 * backward pass of `gatherRows`. The host groups equal indexes, so each table row is summed in one place and
 * in one order.
 */
export const scatterAddRows = defineOp({
  buffers: {
    gradient: { dtype: "real", shape: ["count", "columns"], access: "read" },
    order: { dtype: "u32", shape: ["count"], access: "read" },
    segments: { dtype: "u32", shape: ["groups+1"], access: "read" },
    rows: { dtype: "u32", shape: ["groups"], access: "read" },
    table: { dtype: "anyReal", shape: ["tableRows", "columns"], access: "readWrite" },
  },
  uniforms: { count: "u32", groups: "u32", columns: "u32", tableRows: "u32", firstRow: "u32" },
  constants: [],
  passes: (call) => {
    const { groups, columns } = call.uniforms;
    const element = movedElement(columns, call, "table");
    return [{
      name: `scatter_add_rows ${element.width}`,
      source: () => element.prelude + source,
      bindings: ["gradient", "order", "segments", "rows", "table"],
      ...streamingPass(groups),
    }];
  },
});
