/**
 * What the settings of a run may be. A setting is stated once, in the table of its kind of run: its default,
 * its range and what a person is told of it. Checks and the options of commands follow from the table.
 *
 * @module
 */

import { OptionError } from "../errors.ts";
import { type Message, message, setting } from "../message.ts";

interface Rule<T> {
  readonly default: T;
  /** What it decides, in a few words; of a switch what it does where it is not at its default. */
  readonly help: string | Message;
}

/** A whole number. */
export interface CountRule extends Rule<number> {
  readonly kind: "count";
  readonly least: number;
  /** Default: what 32 bits hold. */
  readonly most?: number;
}

/** A number. */
export interface NumberRule extends Rule<number> {
  readonly kind: "number";
  readonly least?: number;
  /** What it has to be greater than. */
  readonly above?: number;
  readonly most?: number;
}

/** One of some names. */
export interface ChoiceRule<T> extends Rule<T> {
  readonly kind: "choice";
  readonly choices: () => readonly T[];
}

/** Yes or no. */
export interface SwitchRule extends Rule<boolean> {
  readonly kind: "switch";
}

/** What a setting of this type may be. */
export type SettingRule<T> = [T] extends [boolean] ? SwitchRule
  : [T] extends [number] ? CountRule | NumberRule
  : ChoiceRule<T>;

/** A rule for every setting, in the order in which people read them. */
export type SettingRules<Settings> = { readonly [K in keyof Settings]-?: SettingRule<Settings[K]> };

/** Largest whole number of a setting: it has to fit 32 bits. */
export const MOST_COUNT = 2 ** 32 - 1;

/** The settings of a run that is told nothing. */
export function defaultsOf<Settings extends object>(rules: SettingRules<Settings>): Settings {
  const entries = entriesOf(rules).map(([name, rule]) => [name, rule.default]);
  return Object.fromEntries(entries) as Settings;
}

/**
 * Checks each setting by itself.
 *
 * @throws {OptionError} naming the setting, what it has to be and what it was
 */
export function checkRules<Settings extends object>(rules: SettingRules<Settings>, settings: Settings): void {
  for (const [name, rule] of entriesOf(rules)) {
    const value = settings[name];
    if (isAllowed(rule, value)) continue;
    throw new OptionError(
      message`Expected ${setting(name)} to be ${allowedBy(rule)} but found ${String(value)}`,
    );
  }
}

type AnyRule = CountRule | NumberRule | ChoiceRule<unknown> | SwitchRule;

/** The rules of a table with the names of their settings. */
export function entriesOf<Settings extends object>(
  rules: SettingRules<Settings>,
): [name: keyof Settings & string, rule: AnyRule][] {
  return Object.entries(rules) as [keyof Settings & string, AnyRule][];
}

/** Some of the rules of a table. */
export function rulesOf<Settings extends object, const Names extends readonly (keyof Settings)[]>(
  rules: SettingRules<Settings>,
  names: Names,
): SettingRules<Pick<Settings, Names[number]>> {
  const kept = entriesOf(rules).filter(([name]) => names.includes(name));
  return Object.fromEntries(kept) as unknown as SettingRules<Pick<Settings, Names[number]>>;
}

/** The rules of a table without those of some settings. */
export function rulesWithout<Settings extends object, const Names extends readonly (keyof Settings)[]>(
  rules: SettingRules<Settings>,
  names: Names,
): SettingRules<Omit<Settings, Names[number]>> {
  const kept = entriesOf(rules).flatMap(([name]) => names.includes(name) ? [] : [name]);
  return rulesOf(rules, kept) as unknown as SettingRules<Omit<Settings, Names[number]>>;
}

function isAllowed(rule: AnyRule, value: unknown): boolean {
  switch (rule.kind) {
    case "count":
      return Number.isInteger(value) && value as number >= rule.least &&
        value as number <= (rule.most ?? MOST_COUNT);
    case "number": {
      const { least = -Infinity, above = -Infinity, most = Infinity } = rule;
      const number = value as number;
      return Number.isFinite(value) && number >= least && number > above && number <= most;
    }
    case "choice":
      return rule.choices().includes(value);
    case "switch":
      return typeof value === "boolean";
  }
}

function allowedBy(rule: AnyRule): string {
  switch (rule.kind) {
    case "count":
      return `a whole number from ${rule.least}${rule.most === undefined ? "" : ` to ${rule.most}`}`;
    case "number": {
      const { least, above, most } = rule;
      if (above !== undefined) return `above ${above}${most === undefined ? "" : ` and at most ${most}`}`;
      return `a number from ${least}${most === undefined ? "" : ` to ${most}`}`;
    }
    case "choice":
      return rule.choices().map(String).join(", ").replace(/, (?=[^,]*$)/, " or ");
    case "switch":
      return "true or false";
  }
}
