/** The options of `pretrain` that decide what a run computes, and what they are without being given. */

import {
  checkPretrainingSettings,
  pretrainingRules,
  type PretrainingSettings,
} from "../../pretraining/settings.ts";
import type { Values } from "../frame/options.ts";
import { askedSettings, givenSettings, settingOptions } from "../run/run_settings.ts";

/** Nothing learnt has to be kept from scratch, so the rate is higher. */
const SCRATCH_RATE = 1e-3;

/** Named as in {@linkcode PretrainingSettings}. */
export const pretrainSettingsOptions = settingOptions(
  pretrainingRules,
  (name) => name === "learningRate" ? [`from scratch ${SCRATCH_RATE}`] : [],
);

/**
 * The settings that the options ask for.
 *
 * @throws {UsageError} if they do not go together
 */
export function pretrainingSettingsOf(
  options: Values<typeof pretrainSettingsOptions>,
  { scratch }: { readonly scratch: boolean },
): PretrainingSettings {
  return askedSettings(options, () =>
    checkPretrainingSettings({
      ...(scratch ? { learningRate: SCRATCH_RATE } : {}),
      ...givenSettings(options, pretrainingRules),
    }));
}
