import type { RealDType } from "../../kernels/contract.ts";
import type { LossTarget } from "../autograd/ops/loss_target.ts";
import type { Tape } from "../autograd/tape.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { TrainingBatch } from "../data/training_batch.ts";
import type { Device } from "../device/device.ts";
import type { Model } from "../model/model.ts";
import type { Task } from "../nn/heads/head.ts";

/** What a step minimises: the losses of heads, and the distance from a teacher. */
export type LossName = Task | "distillation";

/** What a model learns from beside tags and gaps: a teacher that reads the same text, gaps filled. */
export interface Teaching {
  /** What decides its loss beside the teacher: a part of the settings of a run, by which it is resumed. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Hash of the teacher. */
  readonly fingerprint: string;
  /** Most tokens of a sequence that the teacher reads. */
  readonly maxTokens: number;
  /** By what the losses of a step are multiplied. */
  readonly weights: Readonly<Record<LossName, number>>;
  /** Numbers of the hidden states that its loss needs; see {@linkcode Encoder.states}. */
  readonly states: readonly number[];
  /** The rows of a micro-batch over which its loss is a mean. */
  rows(batch: TrainingBatch): number;
  /**
   * Lets the teacher read a micro-batch as it was before anything was masked; `precision` is that of the
   * student's tape.
   */
  read(batch: TrainingBatch, precision: RealDType): Lesson;
  /** The same with a teacher on a device that computes nothing; nobody has to give that back. */
  rehearsed(device: Device): Teaching;
  /** Gives the teacher's memory back. */
  free(): void;
}

/** What a teacher said of a micro-batch. */
export interface Lesson {
  /** Adds the distance of the student from it, `scale` times a sum over the rows. */
  loss(tape: Tape, student: StudentView, target: LossTarget): void;
  /** Gives the memory of it back, once the gradients are there. */
  dispose(): void;
}

/** A student on a micro-batch. */
export interface StudentView {
  readonly model: Model;
  readonly batch: TrainingBatch;
  /** Hidden states of the last layer, `[tokens, hiddenSize]`. */
  readonly hidden: Tensor;
  /** Those that {@linkcode Teaching.states} names, in its order. */
  readonly states: readonly Tensor[];
}
