import type { Variants } from "../device/device.ts";
import type { Calibration } from "../evaluation/calibration.ts";
import type { ScoreReport } from "../evaluation/scores.ts";
import type { CheckpointEvent, LossScaling, WarningEvent } from "../run/events.ts";
import type { MemoryBound } from "../run/memory_bound.ts";
import type { UnknownWords } from "../text/unknown_words.ts";
import type { TrainingSettings } from "./settings.ts";

/** The run begins, or goes on. */
export interface StartEvent {
  /** Tells the events apart. */
  readonly type: "start";
  /** What the run does, defaults filled in. */
  readonly settings: TrainingSettings;
  /** Where it computes, in words. */
  readonly device: string;
  /** The kernels that the device takes where it has several. */
  readonly variants: Variants;
  /** The tags that are learnt, `[labels]`. */
  readonly labels: readonly string[];
  /** Number of parameters, and of those that are trained. */
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** The most device memory that the run will have in use from here on. */
  readonly memory: MemoryBound;
  /** Parameters that began at random. */
  readonly fresh: readonly string[];
  /** Number of sentences of each file. */
  readonly sentences: { readonly training: number; readonly dev: number; readonly test: number };
  /** Words of the training sentences that the tokenizer does not know. */
  readonly unknownWords: UnknownWords;
  /** Steps of the optimiser from the beginning of the run to its end, over all phases. */
  readonly totalSteps: number;
  /** Steps that a resumed run had already behind it. */
  readonly doneSteps: number;
}

/**
 * One step of the optimiser; comes when its losses are read back, on a GPU at most a tenth of a second late.
 */
export interface StepEvent {
  /** Tells the events apart. */
  readonly type: "step";
  /**
   * Masked language modelling on raw text, or on names to propose others; or fine-tuning on tags.
   * Augmentation comes before the run itself and counts its steps for itself.
   */
  readonly phase: "adaptation" | "augmentation" | "tagging";
  /** From 1 to `totalSteps`, over all phases. */
  readonly step: number;
  /** Steps of all phases together. */
  readonly totalSteps: number;
  /** From 1. */
  readonly epoch: number;
  /** What was minimised: tagging loss, lambda x masked-LM loss, or their sum. */
  readonly loss: number;
  /** Mean cross entropy of the words, in nats. */
  readonly taggingLoss: number;
  /** Mean cross entropy of the masked subwords that are predicted, in nats, times lambda. */
  readonly mlmLoss: number;
  /**
   * Mean divergence from what a teacher says of the words, in nats, times the square of the temperature and
   * its weight.
   */
  readonly distillationLoss?: number;
  /** How the loss was scaled, in a run in f16. */
  readonly scaling?: LossScaling;
  /** Rate of the top layer. */
  readonly learningRate: number;
  /** Tokens that went through the model, masked copies included. */
  readonly tokens: number;
  /** Masked subwords, kept and replaced ones included, of the subwords of the masked copies' sentences. */
  readonly masked: { readonly tokens: number; readonly of: number };
}

/** The sentences have got copies with other names; comes before the run begins. */
export interface AugmentationEvent {
  /** Tells the events apart. */
  readonly type: "augmentation";
  /** Copies that the tagger learns from beside the sentences; those with no other name are left out. */
  readonly sentences: number;
  /** Forward-backward tokens that predicting the names was worth, a forward pass as a third. */
  readonly tokens: number;
}

/** Scores on dev in the course of the run, or on test at the end. */
export interface EvaluationEvent {
  /** Tells the events apart. */
  readonly type: "evaluation";
  /** Which sentences were tagged. */
  readonly split: "dev" | "test";
  /** The epoch of the last step, from 1. */
  readonly epoch: number;
  /** Steps done so far. */
  readonly step: number;
  /** Evaluations over which the weights are a mean; absent for the weights of the step itself. */
  readonly averaged?: number;
  /** How well they were tagged. */
  readonly report: ScoreReport;
  /** Mean loss of the words' tags, in nats. */
  readonly loss: number;
  /** How well the scores of entities are calibrated, with the temperature that fits dev best. */
  readonly calibration: Calibration;
  /**
   * Whether the model is kept: dev was never tagged better, by strict micro F1 and of equal F1 by the loss.
   * On dev without an entity every model is kept in the place of the one before.
   */
  readonly best: boolean;
  /** What the scores of words were multiplied by, where they were joined with the encoder. */
  readonly words?: number;
}

/** The run is over. */
export interface DoneEvent {
  /** Tells the events apart. */
  readonly type: "done";
  /** What {@linkcode train} returns. */
  readonly result: TrainingResult;
}

/** What a run tells while it goes on. */
export type TrainingEvent =
  | StartEvent
  | AugmentationEvent
  | StepEvent
  | EvaluationEvent
  | CheckpointEvent
  | WarningEvent
  | DoneEvent;

/** What a run came to. */
export interface TrainingResult {
  /**
   * `stopped` early for want of better dev scores, or `interrupted` by the signal, with a state to resume
   * from.
   */
  readonly status: "finished" | "stopped" | "interrupted";
  /** Steps of the optimiser that were done. */
  readonly steps: number;
  /** Epoch of the model that is best on dev and was saved, from 1; 0 before the first evaluation. */
  readonly bestEpoch: number;
  /**
   * Evaluations over whose weights it is a mean, the last one that of `bestEpoch`; 0 where it is the model of
   * one.
   */
  readonly averaged: number;
  /** Its strict micro F1 on dev. */
  readonly devF1: number;
  /** Its scores on dev, where it was evaluated, with words where they are joined with it. */
  readonly dev: ScoreReport | undefined;
  /** Its scores on test, where there is a test set and the run came to its end. */
  readonly test: ScoreReport | undefined;
  /**
   * How well its entity scores are calibrated there, or on dev where there is no test set, by the temperature
   * of dev.
   */
  readonly calibration: Calibration | undefined;
  /** What a CRF of word features learnt of the same sentences, where it was trained. */
  readonly words?: LearntWords;
  /** Subwords that were masked, of the subwords of all sentences that were to be masked. */
  readonly maskedShare: number;
}

/** What a CRF of word features learnt of the sentences of a run. */
export interface LearntWords {
  /** How it does alone: what the encoder adds to is seen from it. */
  readonly alone: WordTrainingResult;
  /**
   * Where the run joins it with the encoder: what its scores are multiplied by, 0 where the encoder does
   * better alone.
   */
  readonly weight?: number;
  /** Where the run joins it with the encoder: strict micro F1 of the encoder alone on dev. */
  readonly encoderDevF1?: number;
}

/** What a tagger of words alone came to. */
export interface WordTrainingResult {
  /** Features that have a weight. */
  readonly features: number;
  /** Its scores on dev, where there is one. */
  readonly dev: ScoreReport | undefined;
  /** Its scores on test, where there is one. */
  readonly test: ScoreReport | undefined;
}
