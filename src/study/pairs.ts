import { type RunKey, runName, type RunRecord } from "./record.ts";
import type { TestCounts } from "./counts.ts";

/** A run that was tested. */
export type TestedRun = RunRecord & { readonly test: TestCounts };

/** Two runs that differ in the arm alone: one data set, size and seed. */
export interface RunPair {
  readonly arm: TestedRun;
  readonly control: TestedRun;
}

/** The pairs of an arm and its control, and the runs that are wanting. */
export interface Pairing {
  /** In the order of the arm's records. */
  readonly pairs: readonly RunPair[];
  /** Runs without which a cell cannot be compared: never run, cut, or without a test. */
  readonly missing: readonly RunKey[];
}

/**
 * Pairs the tested runs of an arm with those of its control.
 *
 * @param options `planned` lists the runs that there should be, so that cells without either run are named as
 * well
 */
export function pairRuns(
  records: readonly RunRecord[],
  { arm, control, planned = [] }: {
    readonly arm: string;
    readonly control: string;
    readonly planned?: readonly RunKey[];
  },
): Pairing {
  const tested = new Map(records.filter(isTested).map((record) => [runName(record.key), record]));
  const cells = new Map<string, Omit<RunKey, "arm">>();
  for (const key of [...[...tested.values()].map(({ key }) => key), ...planned]) {
    const { dataset, size, seed } = key;
    const cell = { dataset, size, seed };
    if (key.arm === arm || key.arm === control) cells.set(runName({ arm: "", ...cell }), cell);
  }
  const pairs: RunPair[] = [];
  const missing: RunKey[] = [];
  for (const cell of cells.values()) {
    const keys = [{ arm, ...cell }, { arm: control, ...cell }];
    const [own, other] = keys.map((key) => tested.get(runName(key)));
    if (own && other) pairs.push({ arm: own, control: other });
    missing.push(...keys.filter((key) => !tested.has(runName(key))));
  }
  return { pairs, missing };
}

/** Whether a run was tested. */
export function isTested<R extends RunRecord>(record: R): record is R & TestedRun {
  return record.test !== undefined;
}

/**
 * The pairs of one data set and seed, at all its sizes: they may depend on each other, other seeds do not.
 */
export function groupBySeed(pairs: readonly RunPair[]): RunPair[][] {
  const groups = Map.groupBy(pairs, ({ arm: { key } }) => JSON.stringify([key.dataset, key.seed]));
  return [...groups.values()];
}
