import { defineOp, groupsFor } from "./contract.ts";
import { FLOATS, movedElement } from "./element.ts";
import { blockRows, blockSums, blockSumsGroups, rowBlocks } from "./row_blocks.ts";
import blocksSource from "./column_sums_blocks.wgsl" with { type: "text" };
import source from "./column_sums.wgsl" with { type: "text" };

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
    const element = movedElement(columns, call);
    const length = columns / element.width;
    return [
      {
        name: `columnSumsBlocks ${element.width}`,
        source: () => element.prelude + blockRows + blocksSource,
        bindings: ["x", "partials"],
        workgroups: groupsFor(rowBlocks(rows) * length, 64),
      },
      {
        name: `columnSums ${element.width}`,
        source: () => movedElement(columns, FLOATS).prelude + blockSums + source,
        bindings: ["partials:read", "sums"],
        constants,
        workgroups: blockSumsGroups(length),
      },
    ];
  },
});
