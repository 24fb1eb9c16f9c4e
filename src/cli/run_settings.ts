/** The options that decide what a run computes, as far as fine-tuning and pretraining share them. */

import { OptionError } from "../errors.ts";
import { schedules } from "../optim/schedule.ts";
import { precisions } from "../training/check_settings.ts";
import { UsageError } from "./command.ts";
import { choice, flag, number, wholeNumber } from "./options.ts";

/** Settings that both have, each with a default. */
type Shared = "accumulation" | "schedule" | "warmup" | "weightDecay" | "maxGradientNorm" | "precision";

/**
 * Named as the settings, but for `noDropout`.
 *
 * @param standard a description with the default of a setting behind it
 */
export function runSettingsOptions(standard: (name: Shared, description: string) => string) {
  return {
    maxSteps: wholeNumber("steps of the optimiser, in place of --epochs", { min: 1 }),
    accumulation: wholeNumber(standard("accumulation", "batches whose gradients make one step"), { min: 1 }),
    schedule: choice(standard("schedule", "how the rate falls after warmup"), schedules),
    warmup: number(standard("warmup", "share of the run in which the rate rises"), { min: 0, max: 1 }),
    weightDecay: number(standard("weightDecay", "decoupled weight decay"), { min: 0 }),
    maxGradientNorm: number(standard("maxGradientNorm", "gradients are clipped to it; 0 leaves them"), {
      min: 0,
    }),
    noDropout: flag("trains without the dropouts of config.json"),
    precision: choice(
      standard(
        "precision",
        "what activations and the weights of products are kept in; f16 needs WebGPU with shader-f16",
      ),
      precisions,
    ),
    recompute: flag("computes activations again on the way back: less memory, a third more work"),
  };
}

/** The option of the seed; `decides` names what it decides. */
export function seedOption(decides: string) {
  return wholeNumber(decides, { min: 0, max: 2 ** 32 - 1 });
}

/** Options of a run that were given, under the names of the settings. */
export function givenSettings<Settings>(
  { noDropout, ...options }: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Partial<Settings> {
  const given = names.filter((name) => options[name] !== undefined && options[name] !== false);
  return {
    ...Object.fromEntries(given.map((name) => [name, options[name]])),
    ...(noDropout ? { dropout: false } : {}),
  } as Partial<Settings>;
}

/**
 * What `check` makes of the settings that options ask for.
 *
 * @throws {UsageError} if they do not go together
 */
export function askedSettings<Settings>(
  { epochs, maxSteps }: { readonly epochs?: number; readonly maxSteps?: number },
  check: () => Settings,
): Settings {
  if (epochs !== undefined && maxSteps !== undefined) {
    throw new UsageError("Expected --epochs or --max-steps, found both.");
  }
  try {
    return check();
  } catch (error) {
    // Each value was checked by itself, so what is left are settings that contradict each other.
    if (error instanceof OptionError) throw new UsageError(error.said);
    throw error;
  }
}
