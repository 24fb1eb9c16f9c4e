import type { Encoded } from "../text/encoded.ts";

/**
 * Sequences of one step, one after another without padding (see {@linkcode pack}).
 *
 * `tokens` is the number of tokens over all sequences, `rows` the number of rows whose logits are wanted.
 */
export interface PackedBatch {
  /** Token ids, `[tokens]`. */
  readonly ids: Uint32Array;
  /** Position of each token in its own sequence, from 0 (a model adds its own offset), `[tokens]`. */
  readonly positions: Uint32Array;
  /** Where each sequence begins, and the total at the end, `[sequences + 1]`. */
  readonly cuSeqlens: Uint32Array;
  /** Tokens whose tag logits are wanted (first subwords), `[rows]`. */
  readonly labelRows: Uint32Array;
  /** The word of each label row, undefined where it is masked or nobody said, `[rows]`. */
  readonly words: readonly (string | undefined)[];
  /** Tag number of each label row, -100 where it is ignored, `[rows]`. */
  readonly labels: Int32Array;
}

/**
 * Where the label rows of each sequence begin, and their number at the end, `[sequences + 1]`, of those
 * sequences that have some.
 */
export function labelledSequences({ cuSeqlens, labelRows }: PackedBatch): Uint32Array {
  const begins = [0];
  let row = 0;
  for (const end of cuSeqlens.subarray(1)) {
    while (row < labelRows.length && labelRows[row] < end) row++;
    if (row > begins[begins.length - 1]) begins.push(row);
  }
  return Uint32Array.from(begins);
}

/** The label that cross entropy leaves out, as in PyTorch. */
export const IGNORED = -100;

/** One sequence with the classes of its label rows. */
export interface LabelledExample {
  readonly encoded: Pick<Encoded, "ids" | "labelRows"> & {
    readonly words?: readonly (string | undefined)[];
  };
  /**
   * The class of each label row, {@linkcode IGNORED} where it is left out, parallel to `encoded.labelRows`.
   */
  readonly labels: readonly number[];
}

/**
 * Packs sequences one after another, in the order given; an empty list gives a batch of no tokens.
 *
 * @throws {RangeError} when an example has another number of labels than label rows.
 */
export function pack(examples: readonly LabelledExample[]): PackedBatch {
  let tokens = 0;
  let rows = 0;
  for (const { encoded, labels } of examples) {
    if (labels.length !== encoded.labelRows.length) {
      throw new RangeError(
        `Expected one label a label row but found ${labels.length} labels and ${encoded.labelRows.length} rows`,
      );
    }
    tokens += encoded.ids.length;
    rows += labels.length;
  }
  const batch = {
    ids: new Uint32Array(tokens),
    positions: new Uint32Array(tokens),
    cuSeqlens: new Uint32Array(examples.length + 1),
    labelRows: new Uint32Array(rows),
    words: examples.flatMap(({ encoded: { labelRows, words } }) => words ?? labelRows.map(() => undefined)),
    labels: new Int32Array(rows),
  };
  let token = 0;
  let row = 0;
  for (const [s, { encoded, labels }] of examples.entries()) {
    batch.ids.set(encoded.ids, token);
    for (let i = 0; i < encoded.ids.length; i++) batch.positions[token + i] = i;
    for (let i = 0; i < labels.length; i++) batch.labelRows[row + i] = token + encoded.labelRows[i];
    batch.labels.set(labels, row);
    token += encoded.ids.length;
    row += labels.length;
    batch.cuSeqlens[s + 1] = token;
  }
  return batch;
}
