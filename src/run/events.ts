/** What runs of all kinds tell while they go on. */

/**
 * How the loss of a run in f16 is scaled, as it was when the losses of some steps were read back together.
 */
export interface LossScaling {
  /** What the next loss is scaled by. */
  readonly scale: number;
  /** Steps of the phase so far that changed nothing but the scale: their gradients were beyond f16. */
  readonly skippedSteps: number;
}

/** Something was saved. */
export interface CheckpointEvent {
  /** Tells the events apart. */
  readonly type: "checkpoint";
  /** The best model so far, or the state to resume from. */
  readonly kind: "model" | "state";
  /** Steps done so far. */
  readonly step: number;
  /** The file of the state, or of the model's weights; the rest of the model is beside it. */
  readonly path: string;
}

/** Something that a person should know and that does not end the run. */
export interface WarningEvent {
  /** Tells the events apart. */
  readonly type: "warning";
  /** What is the matter, in one sentence. */
  readonly message: string;
}
