import { type LabelledExample, pack, type PackedBatch } from "./packed_batch.ts";

/** A sequence of a training step: what {@linkcode pack} takes, and what is masked in it. */
export interface TrainingExample {
  /** Token ids, `[tokens]`. */
  readonly ids: readonly number[];
  /** Rows whose tags are trained, `[labelled]`. */
  readonly labelRows: readonly number[];
  /** The label of each label row, `[labelled]`. */
  readonly labels: readonly number[];
  /** The word of each label row, undefined where it is masked, `[labelled]`. */
  readonly words: readonly (string | undefined)[];
  /** Rows whose pieces are predicted, `[masked]`. */
  readonly mlmRows: readonly number[];
  /** The pieces that stood at these rows, `[masked]`. */
  readonly mlmTargets: readonly number[];
  /** Spans of masked rows, with the rows before and after each. */
  readonly spans: readonly {
    readonly start: number;
    readonly end: number;
    readonly before: number;
    readonly after: number;
  }[];
  /** The token ids before anything was masked, `[tokens]`; absent where nothing is. */
  readonly unmaskedIds?: readonly number[];
}

/** Masked pieces of a batch, and where each is. */
export interface MaskedTargets {
  /** Rows of the batch whose pieces are predicted, `[masked]`. */
  readonly rows: Uint32Array;
  /** The pieces that stood there, `[masked]`. */
  readonly labels: Int32Array;
  /** Row of the token before the span that each is in, `[masked]`. */
  readonly left: Uint32Array;
  /** Row of the token after it, `[masked]`. */
  readonly right: Uint32Array;
  /** Place in its span, from 0, `[masked]`. */
  readonly places: Uint32Array;
}

/** A micro-batch, as the losses of heads need it. */
export interface TrainingBatch extends PackedBatch {
  readonly masked: MaskedTargets;
  /** The token ids before anything was masked, `[tokens]`. */
  readonly unmaskedIds: Uint32Array;
}

/** Packs the sequences of a micro-batch, and counts their masked rows as rows of the batch. */
export function packTraining(examples: readonly TrainingExample[]): TrainingBatch {
  const batch = pack(examples.map((encoded): LabelledExample => ({ encoded, labels: encoded.labels })));
  const unmaskedIds = batch.ids.slice();
  examples.forEach(({ unmaskedIds: ids }, s) => ids && unmaskedIds.set(ids, batch.cuSeqlens[s]));
  return { ...batch, masked: maskedTargets(examples, batch), unmaskedIds };
}

function maskedTargets(examples: readonly TrainingExample[], { cuSeqlens }: PackedBatch): MaskedTargets {
  const rows: number[] = [];
  const labels: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const places: number[] = [];
  examples.forEach(({ mlmRows, mlmTargets, spans }, s) => {
    const start = cuSeqlens[s];
    mlmRows.forEach((row, i) => {
      const span = spans.find((span) => span.start <= row && row < span.end)!;
      rows.push(start + row);
      labels.push(mlmTargets[i]);
      left.push(start + span.before);
      right.push(start + span.after);
      places.push(row - span.start);
    });
  });
  return {
    rows: Uint32Array.from(rows),
    labels: Int32Array.from(labels),
    left: Uint32Array.from(left),
    right: Uint32Array.from(right),
    places: Uint32Array.from(places),
  };
}
