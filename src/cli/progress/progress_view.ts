/** What a bar and plain lines have in common. */

/** Where a run stands. */
export interface StepStatus {
  readonly step: number;
  readonly totalSteps: number;
  /** What stands before the numbers: `epoch 3`. */
  readonly stage: string;
  /** Loss, and once they are known speed and time left, as texts. */
  readonly numbers: readonly string[];
}

/** How steps are shown. */
export interface ProgressView {
  step(status: StepStatus): void;
  /** A line that stays. */
  say(line: string): void;
  close(): void;
}
