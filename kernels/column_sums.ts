import { defineOp, groupsFor } from "./contract.ts";
import { elementOf, FLOATS } from "./element.ts";
import { rowBlocks } from "./row_blocks.ts";
import blocksSource from "./column_sums_blocks.wgsl" with { type: "text" };
import source from "./column_sums.wgsl" with { type: "text" };

/** Elements of a row that one workgroup of the second pass sums. */
const COLUMNS = 8;

/** `sums[c] = sum over rows of x[r, c]`, and `+ sums[c]` when `accumulate` is set: the gradient of a bias. */
export const columnSums = defineOp({
  buffers: {
    x: { dtype: "real", shape: ["rows", "columns"], access: "read" },
    sums: { dtype: "f32", shape: ["columns"], access: "readWrite" },
  },
  uniforms: { rows: "u32", columns: "u32" },
  constants: ["accumulate"],
  scratch: ({ uniforms: { rows, columns } }) => ({ partials: rowBlocks(rows) * columns }),
  passes: (call) => {
    const { uniforms: { rows, columns }, constants } = call;
    const { width, prelude } = elementOf(columns, call);
    const length = columns / width;
    return [
      {
        name: `columnSumsBlocks ${width}`,
        source: prelude + blocksSource,
        bindings: ["x", "partials"],
        workgroups: groupsFor(rowBlocks(rows) * length, 64),
      },
      {
        name: `columnSums ${width}`,
        source: elementOf(columns, FLOATS).prelude + source,
        bindings: ["partials:read", "sums"],
        constants,
        workgroups: groupsFor(length, COLUMNS),
      },
    ];
  },
});
