import { type Call, groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { PACKED_PANELS, TILE_COLUMNS, TILE_ROWS, TILES_ACROSS, TILES_DOWN } from "./partition.ts";

/** Matrix product: both operands are packed into panels, then tasks multiply blocks of panels. */
export const matmul: CpuKernel = {
  scratch: (call, threads) => {
    const { a, b } = panelsOf(call);
    const { k } = call.uniforms;
    return {
      packedA: a * TILE_ROWS * k,
      packedB: b * TILE_COLUMNS * k,
      sums: threads * TILES_DOWN * TILES_ACROSS * TILE_ROWS * TILE_COLUMNS,
    };
  },
  passes: (call) => {
    const { a, b } = panelsOf(call);
    return [
      { kernel: "matmulPack", tasks: groupsFor(a, PACKED_PANELS) + groupsFor(b, PACKED_PANELS) },
      { kernel: "matmul", tasks: groupsFor(a, TILES_DOWN) * groupsFor(b, TILES_ACROSS) },
    ];
  },
};

/** Panels of a, `TILE_ROWS` rows each, and of b, `TILE_COLUMNS` columns each. */
function panelsOf({ uniforms: { m, n } }: Call): { a: number; b: number } {
  return { a: groupsFor(m, TILE_ROWS), b: groupsFor(n, TILE_COLUMNS) };
}
