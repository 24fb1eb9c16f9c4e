/**
 * The settings of a run as options: they follow from the table of its settings, so none has to be stated
 * again here.
 */

import { OptionError } from "../../errors.ts";
import { Message } from "../../message.ts";
import { entriesOf, MOST_COUNT, type SettingRules } from "../../run/setting_rules.ts";
import { UsageError } from "../frame/command.ts";
import { choice, flag, number, optionName, type OptionSpec, wholeNumber } from "../frame/options.ts";

/** What turns off a switch that is on by default, always or in some case: `noDropout` for `dropout`. */
const negated = (name: string) => `no${name[0].toUpperCase()}${name.slice(1)}`;

/**
 * An option for each setting, by its name; that of a switch which is on by default turns it off, and one that
 * is on in some case has a second option that does.
 */
export type SettingOptions<Settings> = {
  readonly [K in keyof Settings & string as K extends "dropout" ? "noDropout" : K]: OptionSpec<
    Settings[K] extends boolean ? boolean : Settings[K] | undefined
  >;
};

/**
 * Options for all settings of a kind of run; a choice with one possibility is none.
 *
 * @param more what the help says behind the default of a setting, such as another default in some case
 */
export function settingOptions<Settings extends object>(
  rules: SettingRules<Settings>,
  more: (name: keyof Settings & string) => readonly string[] = () => [],
): SettingOptions<Settings> {
  const options = entriesOf(rules).flatMap(([name, rule]): [string, OptionSpec<unknown>][] => {
    const help = new Message(rule.help).text(({ setting }) => optionName(setting));
    const standard = [String(rule.default).replace(/^F(?=\d)/, "f"), ...more(name)];
    const described = `${help} (default: ${standard.join(", ")})`;
    switch (rule.kind) {
      case "switch":
        if (rule.default) return [[negated(name), flag(help)]];
        return more(name).length === 0
          ? [[name, flag(help)]]
          : [[name, flag(described)], [negated(name), flag(`does not, where that is the default`)]];
      case "count":
        return [[name, wholeNumber(described, { min: rule.least, max: rule.most ?? MOST_COUNT })]];
      case "number":
        return [[name, number(described, { min: rule.least, above: rule.above, max: rule.most })]];
      case "choice": {
        // Names of dtypes are typed in small letters.
        const byName = new Map(rule.choices().map((value) => [String(value).toLowerCase(), value]));
        const { parse, ...spec } = choice(described, [...byName.keys()]);
        const option = { ...spec, parse: (given: string) => byName.get(parse(given)!) };
        return byName.size > 1 ? [[name, option]] : [];
      }
    }
  });
  return Object.fromEntries(options) as unknown as SettingOptions<Settings>;
}

/** The settings that options give. */
export function givenSettings<Settings extends object>(
  options: Readonly<Record<string, unknown>>,
  rules: SettingRules<Settings>,
): Partial<Settings> {
  const given = entriesOf(rules).flatMap(([name, rule]): [string, unknown][] => {
    if (rule.kind !== "switch") return options[name] === undefined ? [] : [[name, options[name]]];
    if (options[name]) return [[name, true]];
    return options[negated(name)] ? [[name, false]] : [];
  });
  return Object.fromEntries(given) as Partial<Settings>;
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
