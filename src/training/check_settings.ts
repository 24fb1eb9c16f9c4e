/** Checks that the settings of all kinds of runs share; each throws an {@linkcode OptionError} naming the setting. */

import type { RealDType } from "../../kernels/contract.ts";
import { OptionError } from "../errors.ts";
import { message, setting } from "../message.ts";
import { type Schedule, schedules } from "../optim/schedule.ts";

/** Whole numbers that fit 32 bits, each with the least that it may be. */
export function checkCounts<Name extends string>(
  settings: Readonly<Record<NoInfer<Name>, number>>,
  least: Readonly<Record<Name, number>>,
): void {
  for (const name of Object.keys(least) as Name[]) {
    const value = settings[name];
    if (!Number.isInteger(value) || value < least[name] || value > 2 ** 32 - 1) {
      throw new OptionError(
        message`Expected ${setting(name)} to be a whole number from ${least[name]} but found ${value}`,
      );
    }
  }
}

/** Finite numbers from 0. */
export function checkAmounts<Name extends string>(
  settings: Readonly<Record<NoInfer<Name>, number>>,
  names: readonly Name[],
): void {
  for (const name of names) {
    if (!(Number.isFinite(settings[name]) && settings[name] >= 0)) {
      throw new OptionError(
        message`Expected ${setting(name)} to be a number from 0 but found ${settings[name]}`,
      );
    }
  }
}

/** Parts of a whole that are not nothing. */
export function checkRatios<Name extends string>(
  settings: Readonly<Record<NoInfer<Name>, number>>,
  names: readonly Name[],
): void {
  for (const name of names) {
    if (!(settings[name] > 0 && settings[name] <= 1)) {
      throw new OptionError(
        message`Expected ${setting(name)} to be above 0 and at most 1 but found ${settings[name]}`,
      );
    }
  }
}

/** Stretches of a run. */
export function checkShares<Name extends string>(
  settings: Readonly<Record<NoInfer<Name>, number>>,
  names: readonly Name[],
): void {
  for (const name of names) {
    if (!(settings[name] >= 0 && settings[name] <= 1)) {
      throw new OptionError(
        message`Expected ${setting(name)} to be a share of the steps from 0 to 1 but found ${settings[name]}`,
      );
    }
  }
}

/** Warmup and what follows it. */
export function checkSchedule({ warmup, schedule }: { warmup: number; schedule: Schedule }): void {
  checkShares({ warmup }, ["warmup"]);
  if (!schedules.includes(schedule)) {
    throw new OptionError(
      message`Expected ${setting("schedule")} to be ${schedules} but found ${schedule}`,
    );
  }
}

/** What a run can compute with. */
export const precisions = ["f32", "f16"] as const satisfies readonly RealDType[];

/** Element type of activations. */
export function checkPrecision({ precision }: { precision: RealDType }): void {
  if (!precisions.includes(precision)) {
    throw new OptionError(
      message`Expected ${setting("precision")} to be ${precisions.join(" or ")} but found ${precision}`,
    );
  }
}
