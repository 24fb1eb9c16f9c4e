import { groupByIndex } from "../../../kernels/grouping.ts";
import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import type { Parameter, Tensor } from "../tensor.ts";

/** Rows of x in the order of `indexes`: x `[rows, columns]`, result `[count, columns]`. */
export function gatherRows(tape: Tape, x: Tensor, indexes: Uint32Array): Tensor {
  const { device } = tape;
  const [tableRows, columns] = x.shape;
  const out = tape.tensor([indexes.length, columns], [x]);
  const uploaded = tape.upload(indexes);
  const sizes = { count: indexes.length, columns, tableRows, firstRow: 0 };
  device.dispatch("gatherRows", { table: x.view, indexes: uploaded, out: out.view }, sizes);

  const backward = (gradient: View) => {
    const dX = tape.gradientOf(x);
    if (!dX) return;
    if (!dX.accumulate) device.clear(dX.view);
    scatterAdd(tape, {
      gradient,
      columns,
      indexes,
      tables: [{ view: dX.view, rows: tableRows, firstRow: 0 }],
    });
  };
  tape.record(out, { saved: [uploaded], backward });
  return out;
}

/** One table that is looked up, and for each output row which of its rows. */
export interface Lookup {
  /** `[rows, hidden]` */
  readonly table: Parameter;
  /** `[count]` */
  readonly indexes: Uint32Array;
}

/** The sum of one row of each table, such as word + position + token type: result `[count, hidden]`. */
export function embed(tape: Tape, lookups: readonly Lookup[]): Tensor {
  const { device } = tape;
  const count = lookups[0].indexes.length;
  const columns = lookups[0].table.shape[1];
  const out = tape.tensor([count, columns], lookups.map(({ table }) => table));
  device.clear(out.view);
  for (const { table, indexes } of lookups) {
    const uploaded = tape.upload(indexes);
    for (const { values, rows, firstRow } of table.parts) {
      device.dispatch("gatherRows", { table: values, indexes: uploaded, out: out.view }, {
        count,
        columns,
        tableRows: rows,
        firstRow,
        accumulate: true,
      });
    }
    tape.free(uploaded);
  }

  const backward = (gradient: View) => {
    for (const { table, indexes } of lookups) {
      if (!table.trainable) continue;
      const tables = table.parts.map(({ gradient, rows, firstRow }) => ({ view: gradient!, rows, firstRow }));
      scatterAdd(tape, { gradient, columns, indexes, tables });
    }
  };
  tape.record(out, { backward });
  return out;
}

/** Adds row i of `gradient` to row `indexes[i]` of a table that may lie in several parts. */
function scatterAdd(tape: Tape, { gradient, columns, indexes, tables }: {
  gradient: View;
  columns: number;
  indexes: Uint32Array;
  tables: readonly { view: View; rows: number; firstRow: number }[];
}): void {
  const grouped = groupByIndex(indexes);
  const [order, segments, rows] = [grouped.order, grouped.segments, grouped.rows].map((data) =>
    tape.upload(data)
  );
  for (const { view, rows: tableRows, firstRow } of tables) {
    tape.device.dispatch("scatterAddRows", { gradient, order, segments, rows, table: view }, {
      count: indexes.length,
      groups: grouped.rows.length,
      columns,
      tableRows,
      firstRow,
    });
  }
  for (const view of [order, segments, rows]) tape.free(view);
}
