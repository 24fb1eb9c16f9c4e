import { OptionError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { message, setting } from "../message.ts";
import { contextMasking } from "./context.ts";
import { entityMasking } from "./entity.ts";
import { promptMasking } from "./prompt.ts";
import { spanMasking } from "./span.ts";
import type { MaskingStrategy } from "./strategy.ts";
import { tokenMasking } from "./token.ts";
import { wordMasking } from "./word.ts";

/** The baseline: nothing is masked. */
const noMasking: MaskingStrategy = {
  name: "none",
  summary: "nothing is masked",
  masks: false,
  needsTags: false,
  plan: () => [],
};

/** All strategies, in the order in which `--help` lists them. */
export const maskingStrategies: readonly MaskingStrategy[] = [
  noMasking,
  tokenMasking,
  wordMasking,
  spanMasking,
  entityMasking,
  contextMasking,
  promptMasking,
];

/**
 * The strategy with this name.
 *
 * @throws {OptionError} when there is none; the message lists the names.
 */
export function maskingStrategy(name: string): MaskingStrategy {
  const strategy = maskingStrategies.find((strategy) => strategy.name === name);
  if (strategy === undefined) {
    throw new OptionError(
      message`Expected ${setting("masking")} to be one of ${maskingNames} but found ${quote(name)}`,
    );
  }
  return strategy;
}

/** The names of all strategies. */
export const maskingNames: readonly string[] = maskingStrategies.map(({ name }) => name);

/** The names of the strategies that can mask text without tags. */
export const rawTextMaskingNames: readonly string[] = maskingStrategies
  .filter(({ masks, needsTags }) => masks && !needsTags).map(({ name }) => name);
