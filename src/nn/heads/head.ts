import type { LossTarget } from "../../autograd/ops/loss_target.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { PackedBatch } from "../../data/packed_batch.ts";
import type { TrainingBatch } from "../../data/training_batch.ts";
import type { DecodeOptions, TagDecoder } from "../../evaluation/decoding.ts";
import type { ModelConfig } from "../config.ts";
import type { Encoder } from "../encoder.ts";
import type { Parameters } from "../parameters.ts";
import type { ParameterSpec } from "../specs.ts";

/** What stands on an encoder, as a value: its parameters, and what it computes with them. */
export interface Head<Built extends BuiltHead = BuiltHead> {
  /**
   * Its parameters, of the layer `head`.
   *
   * @throws {CheckpointError} for a config with which there is no such head
   */
  specs(config: ModelConfig): readonly ParameterSpec[];
  /** Whether its products read the table of the word embeddings. */
  readonly readsWordEmbeddings?: boolean;
  /** The head over parameters with these specs. */
  build(parts: HeadParts): Built;
}

/** What a head is built on. */
export interface HeadParts {
  readonly config: ModelConfig;
  readonly parameters: Parameters;
  readonly encoder: Encoder;
}

/** The two losses of a step: of tags, and of masked pieces, which is weighted by lambda. */
export type Task = "tagging" | "mlm";

/** A head with its parameters on a device. */
export interface BuiltHead {
  /** The loss that it adds to. */
  readonly task: Task;
  /** The rows of a micro-batch over which its loss is a mean; 0 where it has nothing to learn there. */
  rows(batch: TrainingBatch): number;
  /**
   * Adds its loss of a micro-batch, `scale` times a sum over these rows, from hidden states `[tokens,
   * hiddenSize]`.
   */
  loss(tape: Tape, hidden: Tensor, batch: TrainingBatch, target: LossTarget): void;
}

/** Where a loss goes, and by what it is scaled. */
export type { LossTarget };

/** A head that tags words. */
export interface TaggingHead extends Head<BuiltTaggingHead> {
  /** Its kind, under which a saved model names it. */
  readonly kind: string;
  /** The tags, in the order of its rows. */
  readonly labels: readonly string[];
}

/** A tagging head with its parameters on a device. */
export interface BuiltTaggingHead extends BuiltHead {
  /**
   * What it says of each tag at the label rows of a batch, `[rows, labels]`, from hidden states `[tokens,
   * hiddenSize]`.
   */
  logits(tape: Tape, hidden: Tensor, batch: PackedBatch): Tensor;
  /**
   * From the logits of a sentence to its tags, or to their loss; reads from the device what it needs for
   * that.
   */
  decoder(options: DecodeOptions): Promise<TagDecoder>;
}

/** How a kind of tagging head is made for some tags. */
export interface TaggingHeadKind {
  readonly kind: string;
  /**
   * The head for these tags, in the order of its rows.
   *
   * @throws {OptionError} for no tags
   */
  of(labels: readonly string[]): TaggingHead;
}
