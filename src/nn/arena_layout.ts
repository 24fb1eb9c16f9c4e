import { aligned, ALIGNMENT } from "../device/device.ts";
import type { ParameterSpec } from "./specs.ts";

/** How the optimiser treats a parameter; parameters of equal groups lie next to each other. */
export interface ParameterGroup {
  /** Multiplier of the learning rate. */
  readonly rate: number;
  /** Whether weight decay applies. */
  readonly decay: boolean;
}

/** A parameter that wants memory. */
export interface Placement extends Pick<ParameterSpec, "name" | "shape" | "stack"> {
  /** Undefined in a frozen parameter, which gets no gradient and no moments. */
  readonly group: ParameterGroup | undefined;
  /** Whether it has an f16 copy, which products on f16 tapes read. Default false. */
  readonly half?: boolean;
}

/** What lies in memory as one: a parameter, or a stack of them, one below the other. */
export interface Matrix {
  readonly stack: string | undefined;
  readonly columns: number;
  readonly group: ParameterGroup | undefined;
  readonly half: boolean;
  readonly members: readonly { readonly name: string; readonly firstRow: number; readonly rows: number }[];
}

/** Rows of a matrix, and where in an arena they begin. */
export interface Slot {
  readonly matrix: Matrix;
  readonly firstRow: number;
  readonly rows: number;
  readonly arena: number;
  readonly start: number;
}

/**
 * Places parameters group by group, frozen ones and those with f16 copies in arenas of their own, each matrix
 * at an aligned start; one that is larger than an arena is cut by rows.
 *
 * @param capacity most elements of an arena
 * @returns where all rows are, in order, and the elements of each arena
 */
export function layOut(
  placements: readonly Placement[],
  capacity: number,
): { slots: readonly Slot[]; sizes: readonly number[] } {
  const slots: Slot[] = [];
  const sizes: number[] = [];
  const kindOf = ({ group, half = false }: Placement) => `${group ? "trained" : "frozen"} ${half}`;
  const groups = Map.groupBy(
    placements,
    (placement) => `${placement.group?.rate} ${placement.group?.decay} ${kindOf(placement)}`,
  );
  let kindBefore: string | undefined;
  for (const group of groups.values()) {
    const kind = kindOf(group[0]);
    for (const members of Map.groupBy(group, ({ name, stack }) => stack ?? name).values()) {
      const { rows, ...matrix } = matrixOf(members);
      // Parts begin at multiples of ALIGNMENT rows, so that a range of rows can be bound in every part.
      const mostRows = Math.max(ALIGNMENT, Math.floor(capacity / matrix.columns / ALIGNMENT) * ALIGNMENT);
      for (let firstRow = 0; firstRow < rows; firstRow += mostRows) {
        const part = Math.min(mostRows, rows - firstRow);
        const length = aligned(part * matrix.columns);
        const last = sizes.length - 1;
        if (last < 0 || kind !== kindBefore || sizes[last] + length > capacity) sizes.push(0);
        kindBefore = kind;
        const arena = sizes.length - 1;
        slots.push({ matrix, firstRow, rows: part, arena, start: sizes[arena] });
        sizes[arena] += length;
      }
    }
  }
  return { slots, sizes };
}

function matrixOf(members: readonly Placement[]): Matrix & { rows: number } {
  const { stack, group, half = false } = members[0];
  let rows = 0;
  const placed = members.map(({ name, shape }) => {
    const firstRow = rows;
    const own = shape.length === 1 ? 1 : shape[0];
    rows += own;
    return { name, firstRow, rows: own };
  });
  return { stack, group, half, columns: members[0].shape.at(-1)!, members: placed, rows };
}

/** Runs of elements of one group in an arena, in order: neighbouring slots, and the padding behind each. */
export function runsOf(
  slots: readonly Slot[],
  length: number,
): { start: number; length: number; group: ParameterGroup }[] {
  const runs: { start: number; length: number; group: ParameterGroup }[] = [];
  slots.forEach(({ matrix, start }, i) => {
    const group = matrix.group!;
    const end = slots[i + 1]?.start ?? length;
    const last = runs.at(-1);
    if (last && last.group.rate === group.rate && last.group.decay === group.decay) {
      last.length = end - last.start;
    } else runs.push({ start, length: end - start, group });
  });
  return runs;
}
