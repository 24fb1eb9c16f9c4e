import type { Variants } from "../device/device.ts";
import type { CheckpointEvent, LossScaling, WarningEvent } from "../run/events.ts";
import type { MemoryBound } from "../run/memory_bound.ts";
import type { UnknownWords } from "../text/unknown_words.ts";
import type { HeldOutScores, HeldOutSummary } from "./held_out.ts";
import type { PretrainingSettings } from "./settings.ts";

/** The run begins, or goes on. */
export interface PretrainingStartEvent {
  /** Tells the events apart. */
  readonly type: "start";
  /** What the run does, defaults filled in. */
  readonly settings: PretrainingSettings;
  /** Where it computes, in words. */
  readonly device: string;
  /** The kernels that the device takes where it has several. */
  readonly variants: Variants;
  /** Number of parameters; the boundary objective's come on top of the saved ones. */
  readonly parameters: number;
  /** The most device memory that the run will have in use from here on. */
  readonly memory: MemoryBound;
  /** Parameters that began at random. */
  readonly fresh: readonly string[];
  /** The text that the model learns from; `hash` is over the contents of the files in their order. */
  readonly text: { readonly files: number; readonly bytes: number; readonly hash: string };
  /** Words of a sample of it that the tokenizer does not know. */
  readonly unknownWords: UnknownWords;
  /** The held-out text, where there is any. */
  readonly heldOut: HeldOutSummary | undefined;
  /** Steps that a resumed run had already behind it. */
  readonly doneSteps: number;
}

/**
 * One step of the optimiser; comes when its losses are read back, on a GPU at most a tenth of a second late.
 */
export interface PretrainingStepEvent {
  /** Tells the events apart. */
  readonly type: "step";
  /** From 1. */
  readonly step: number;
  /**
   * Steps of the whole run: exact with `maxSteps`, else estimated from the share of the text that is done.
   */
  readonly totalSteps: number;
  /** From 1. */
  readonly epoch: number;
  /** Mean cross entropy of the masked subwords, in nats, plus that of the boundary objective. */
  readonly loss: number;
  /** Mean squared error of the hidden states, where there is a teacher. */
  readonly distillationLoss?: number;
  /** How the loss was scaled, in a run in f16. */
  readonly scaling?: LossScaling;
  /** What the schedule gave. */
  readonly learningRate: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  /** Masked subwords, kept and replaced ones included, of all subwords of the step's text. */
  readonly masked: { readonly tokens: number; readonly of: number };
}

/** A look at the held-out text. */
export interface PretrainingEvaluationEvent extends HeldOutScores {
  /** Tells the events apart. */
  readonly type: "evaluation";
  /** Steps done so far; 0 is the model before the run. */
  readonly step: number;
  /** Whether this is the lowest loss of a step after 0 so far, so that the model is saved. */
  readonly best: boolean;
}

/** The run is over. */
export interface PretrainingDoneEvent {
  /** Tells the events apart. */
  readonly type: "done";
  /** What `pretrain` returns. */
  readonly result: PretrainingResult;
}

/** What a pretraining run tells while it goes on. */
export type PretrainingEvent =
  | PretrainingStartEvent
  | PretrainingStepEvent
  | PretrainingEvaluationEvent
  | CheckpointEvent
  | WarningEvent
  | PretrainingDoneEvent;

/** What looks at the held-out text came to, beside what needs no model. */
export interface HeldOutResult extends HeldOutSummary {
  /** Before the first step: the untrained model, or the checkpoint as it came. */
  readonly before: HeldOutScores | undefined;
  /** The saved model's scores, and the step that it is from. */
  readonly best: (HeldOutScores & { readonly step: number }) | undefined;
}

/** What a pretraining run came to. */
export interface PretrainingResult {
  /** `interrupted` by the signal, with a state to resume from. */
  readonly status: "finished" | "interrupted";
  /** Steps of the optimiser that were done. */
  readonly steps: number;
  /** Looks at the held-out text, where there is any. */
  readonly heldOut: HeldOutResult | undefined;
  /** Subwords that were masked in training, of all subwords. */
  readonly maskedShare: number;
}
