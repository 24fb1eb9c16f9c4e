import type { Arm } from "./arms.ts";
import type { StudyPlan } from "./plan.ts";
import type { RunKey } from "./record.ts";

/** One run of a grid. */
export interface Cell {
  readonly key: RunKey;
  readonly arm: Arm;
  /** In place of the settings' one, where it is tuned. */
  readonly learningRate?: number;
  /** Whether test is touched; where something is chosen it is not. */
  readonly tested: boolean;
}

/** The learning rate that tuning chose for an arm at a size. */
export type ChosenRates = ReadonlyMap<string, number>;

/** What {@linkcode ChosenRates} are found by. */
export function rateKey({ arm, size }: { readonly arm: string; readonly size: number }): string {
  return `${arm} ${size}`;
}

/**
 * The runs of a plan, seed by seed, so that a grid that is interrupted is a whole one with fewer seeds;
 * inside of a seed by size, then by data set, then by arm.
 */
export function gridCells(
  { arms, sizes, seeds, devOnly = false }: Pick<StudyPlan, "arms" | "sizes" | "seeds" | "devOnly">,
  datasets: readonly string[],
  chosen?: ChosenRates,
): Cell[] {
  return combinations({ arms, sizes, seeds, datasets }).map(({ arm, dataset, size, seed }) => ({
    key: { arm: arm.name, dataset, size, seed },
    arm,
    learningRate: chosen?.get(rateKey({ arm: arm.name, size })),
    tested: !devOnly,
  }));
}

/** The runs that tune a plan; none where nothing is tuned. */
export function tuningCells(
  { arms, sizes, tuning }: Pick<StudyPlan, "arms" | "sizes" | "tuning">,
  datasets: readonly string[],
): Cell[] {
  if (!tuning) return [];
  return combinations({ arms, sizes, seeds: tuning.seeds, datasets }).flatMap((
    { arm, dataset, size, seed },
  ) =>
    tuning.learningRates.map((learningRate) => ({
      key: { arm: `${arm.name}@${learningRate}`, dataset, size, seed },
      arm,
      learningRate,
      tested: false,
    }))
  );
}

function combinations({ arms, sizes, seeds, datasets }: {
  arms: readonly Arm[];
  sizes: readonly number[];
  seeds: readonly number[];
  datasets: readonly string[];
}): { arm: Arm; dataset: string; size: number; seed: number }[] {
  return seeds.flatMap((seed) =>
    sizes.flatMap((size) => datasets.flatMap((dataset) => arms.map((arm) => ({ arm, dataset, size, seed }))))
  );
}
