import { Tape } from "../autograd/tape.ts";
import { pack } from "../data/packed_batch.ts";
import type { Model } from "../model/model.ts";

/** A sequence of tokens and the rows of it that are asked for. */
export interface AskedRows {
  /** Token ids, `[tokens]`. */
  readonly ids: readonly number[];
  /** `[rows]` */
  readonly rows: readonly number[];
}

/**
 * The logits of every piece of the vocabulary at the rows of some sequences, one f32 `[vocabulary]` a row, in order; in f32
 * whatever the model trains in.
 */
export async function pieceLogits(model: Model, sequences: readonly AskedRows[]): Promise<Float32Array[]> {
  const batch = pack(sequences.map(({ ids }) => ({ encoded: { ids, labelRows: [] }, labels: [] })));
  const rows = sequences.flatMap(({ rows }, s) => rows.map((row) => batch.cuSeqlens[s] + row));
  const all = rows.map(() => new Float32Array(model.config.vocabSize));
  if (rows.length === 0) return all;
  const tape = new Tape(model.device);
  try {
    const hidden = model.encoder.forward(tape, batch);
    for (
      const { logits, firstColumn, columns } of model.maskedLm!.logits(tape, hidden, Uint32Array.from(rows))
    ) {
      const values = await model.device.read(logits) as Float32Array;
      all.forEach((row, i) => row.set(values.subarray(i * columns, (i + 1) * columns), firstColumn));
    }
  } finally {
    tape.dispose();
  }
  return all;
}
