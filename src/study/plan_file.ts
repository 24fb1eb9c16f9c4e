/** A plan as a file, so that it can be fixed and committed before anything is trained. */

import { isJsonObject, parseStrictJson } from "../json/strict_json.ts";
import { v } from "../dependencies.ts";
import { DataError, OptionError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { fieldOf } from "../json/schema.ts";
import { defaultSettings, type TrainingSettings } from "../training/settings.ts";
import { type Arm, namedArm } from "./arms.ts";
import { checkPlan, type StudyPlan } from "./plan.ts";

/** A plan with what it is carried out on. */
export interface PlanFile extends StudyPlan {
  /** Folder of the checkpoint. */
  readonly model?: string;
  /** Folder of each data set, by its name. */
  readonly data?: Readonly<Record<string, string>>;
}

const NUMBERS = "a list of numbers";
const numbers = v.array(v.number(NUMBERS), NUMBERS);
const number = v.number("a number");
const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, `an object with no other fields than ${Object.keys(entries).join(", ")}`);

const settings = v.partial(v.strictObject(
  Object.fromEntries(
    Object.entries(defaultSettings).map(([name, value]) => [
      name,
      typeof value === "number" ? number : typeof value === "boolean" ? v.boolean("true or false") : text,
    ]),
  ),
  `an object with no other fields than ${Object.keys(defaultSettings).join(", ")}`,
));
/** Not valibot's `record`, which drops the key `constructor`. */
const textsByName = v.custom<Record<string, string>>(
  (value) =>
    isJsonObject(value) && Object.values(value).every((text) => typeof text === "string" && text !== ""),
  "an object of texts that are not empty",
);
const ARM = "the name of an arm, or an object with name, settings and on wish share";
const arm = v.union([text, object({ name: text, settings, share: v.optional(number, 1) })], ARM);
const schema = object({
  model: v.optional(text),
  data: v.optional(textsByName),
  arms: v.array(arm, "a list of arms"),
  sizes: numbers,
  seeds: numbers,
  budgetEpochs: v.union([number, v.record(text, number)], "a number, or an object of numbers by size"),
  devOnly: v.optional(v.boolean("true or false")),
  testLimit: v.optional(number, 0),
  tuning: v.optional(object({ learningRates: numbers, seeds: numbers })),
  adaptation: v.optional(object({
    epochs: number,
    learningRate: number,
    boundaryObjective: v.exactOptional(v.boolean("true or false")),
  })),
  settings: v.optional(settings, {}),
});

/**
 * Reads a plan: JSON with the fields of {@linkcode PlanFile}; arms by name, or with settings of their own.
 *
 * @throws {DataError} naming the file and the field that is wrong
 */
export function parsePlan(text: string, { file }: { readonly file: string }): PlanFile {
  const refuse = (expected: string, found: string) =>
    new DataError(
      `${file}: expected ${expected}, found ${found}: a study writes such a file as plan.json`,
    );
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refuse("a plan in JSON", error.message);
  }
  if (!isJsonObject(value)) throw refuse("a plan, an object", quote(value));
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const field = fieldOf(issue);
    if (field !== undefined && issue.input === undefined) throw refuse(`the field ${field}`, "none");
    throw refuse(`${field ?? "it"} to be ${issue.message}`, quote(issue.input));
  }
  const { arms, settings, ...rest } = result.output;
  try {
    const plan: PlanFile = {
      ...rest,
      arms: arms.map((arm) => typeof arm === "string" ? namedArm(arm) : arm as Arm),
      settings: settings as Partial<TrainingSettings>,
    };
    checkPlan(plan);
    return plan;
  } catch (error) {
    if (error instanceof OptionError) throw new DataError(`${file}: ${error.message}`);
    throw error;
  }
}

/** A plan as the text of its file. */
export function formatPlan(plan: PlanFile): string {
  return JSON.stringify(plan, undefined, 2) + "\n";
}

/** Whether a text is what {@linkcode formatPlan} made, and not what somebody has written. */
export function isFormattedPlan(text: string): boolean {
  try {
    const plan = parseStrictJson(text);
    // A person leaves out what has a default, and names arms.
    return isJsonObject(plan) && "settings" in plan && Array.isArray(plan.arms) &&
      plan.arms.every(isJsonObject) && formatPlan(plan as unknown as PlanFile) === text;
  } catch {
    return false;
  }
}
