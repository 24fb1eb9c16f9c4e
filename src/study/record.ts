/**
 * The record of one finished run of the study: a line of JSON in a file that grows run by run. Everything
 * that the report says is computed from records, so a report can be made again, and another person can
 * compute something else.
 *
 * @module
 */

import type { TestCounts } from "./counts.ts";

/** Which run of a grid it is: no two records of a file share a key. */
export interface RunKey {
  /** What is compared, for example "none" or "span". */
  readonly arm: string;
  /** The data set, for example "swa". */
  readonly dataset: string;
  /** Training sentences. */
  readonly size: number;
  /** Decides the training sample, data order, masks, dropout and initial values. */
  readonly seed: number;
}

/** What a run cost. A run has one measure of work for all arms: tokens, each once forward and backward. */
export interface RunCost {
  /** Tokens that went forward and backward, masked copies included, over the whole run. */
  readonly forwardBackwardTokens: number;
  /** Steps of the optimiser. */
  readonly steps: number;
  /** Training without evaluation. */
  readonly seconds: number;
  /** The median over the steps. */
  readonly secondsPerStep: number;
  /** Seconds of training up to the evaluation with the best dev F1. */
  readonly secondsToBest: number;
  /** Forward-backward tokens up to there. */
  readonly tokensToBest: number;
  /** Most bytes of device memory in use at once. */
  readonly peakBytes: number;
  /** Numbers of the model, and those of them that the optimiser changes. */
  readonly parameters: { readonly total: number; readonly trainable: number };
}

/** One evaluation on dev. */
export interface CurvePoint {
  /** Epochs done. */
  readonly epoch: number;
  /** Forward-backward tokens so far. */
  readonly tokens: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Strict micro F1, 0 to 1. */
  readonly devF1: number;
  /** Mean loss of the words' tags, in nats; older records do not have it. */
  readonly devLoss?: number;
}

/** What a finished run leaves behind. No text of the data: that may be under a licence of its own. */
export interface RunRecord {
  /** {@linkcode RECORD_VERSION}. */
  readonly version: typeof RECORD_VERSION;
  /** Which run it is. */
  readonly key: RunKey;
  /** What decided the run, plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Name of the checkpoint that training began from, not a path. */
  readonly model: string;
  /** Where it was computed, in words. */
  readonly device: string;
  /** Version of each program, for example `{ lacuna: "0.1.0", deno: "2.9.6" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** What it cost. */
  readonly cost: RunCost;
  /** Evaluations on dev, in order. */
  readonly curve: readonly CurvePoint[];
  /** The best of them by F1, and of equal F1 by the loss, whose weights were tested. */
  readonly dev: { readonly f1: number; readonly loss?: number; readonly bestEpoch: number };
  /** Counts on the test sentences; runs that only choose on dev have none. */
  readonly test?: TestCounts;
}

/** Of records that this program writes; it reads no others. */
export const RECORD_VERSION = 1;

/** A name of a run for files and messages, for example "span-swa-100-1". */
export function runName({ arm, dataset, size, seed }: RunKey): string {
  return `${arm}-${dataset}-${size}-${seed}`;
}

/** A record as one line, ending with a line break. */
export function formatRecord(record: RunRecord): string {
  return JSON.stringify(record) + "\n";
}
