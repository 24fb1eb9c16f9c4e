import { Tape } from "../autograd/tape.ts";
import { pack } from "../data/packed_batch.ts";
import { unlessAborted } from "../device/unless_aborted.ts";
import type { Model } from "../model/model.ts";

/** A sequence of tokens and the rows of it that are asked for. */
export interface AskedRows {
  /** Token ids, `[tokens]`. */
  readonly ids: readonly number[];
  /** `[rows]` */
  readonly rows: readonly number[];
}

/**
 * The logits of every piece of the vocabulary at the rows of some sequences, one f32 `[vocabulary]` a row, in
 * order; in f32 whatever the model trains in.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function pieceLogits(
  model: Model,
  sequences: readonly AskedRows[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<Float32Array[]> {
  const batch = pack(sequences.map(({ ids }) => ({ encoded: { ids, labelRows: [] }, labels: [] })));
  const rows = sequences.flatMap(({ rows }, s) => rows.map((row) => batch.cuSeqlens[s] + row));
  const all = rows.map(() => new Float32Array(model.config.vocabSize));
  if (rows.length === 0) return all;
  const { device } = model;
  const tape = new Tape(device);
  const { result: hidden, withdraw } = device.withdrawable(() => model.encoder.forward(tape, batch));
  try {
    for (
      const { logits, firstColumn, columns } of model.maskedLm!.logits(tape, hidden, Uint32Array.from(rows))
    ) {
      const values = await unlessAborted(device.read(logits), signal) as Float32Array;
      all.forEach((row, i) => row.set(values.subarray(i * columns, (i + 1) * columns), firstColumn));
    }
  } catch (error) {
    withdraw();
    throw error;
  } finally {
    tape.dispose();
  }
  return all;
}
