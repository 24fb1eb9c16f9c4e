/** Rules of settings that all distillation shares. */

import type { NumberRule } from "../run/setting_rules.ts";

/** Temperature of both sides of a divergence. */
export const temperatureRule: NumberRule = {
  kind: "number",
  above: 0,
  most: 100,
  default: 2,
  help: "by which logits are divided before they are compared: above 1 small probabilities count more",
};
