/** Records from a file, checked before anything is computed from them. */

import { isJsonObject, parseStrictJson } from "../json/strict_json.ts";
import { quote } from "../json/quote.ts";
import { fieldOf } from "../json/schema.ts";
import { v } from "../dependencies.ts";
import { DataError } from "../errors.ts";
import { LENGTH_GROUPS } from "../evaluation/entities.ts";
import { ERROR_KINDS } from "../evaluation/errors.ts";
import { RECORD_VERSION, runName, type RunRecord } from "./record.ts";
import { type TestCounts, totalCounts } from "./counts.ts";

const COUNT = "a whole number from 0";
const count = v.pipe(v.number(COUNT), v.safeInteger(COUNT), v.minValue(0, COUNT));
const SIZE = "a whole number from 1";
const size = v.pipe(v.number(SIZE), v.safeInteger(SIZE), v.minValue(1, SIZE));
const AMOUNT = "a number from 0";
const amount = v.pipe(v.number(AMOUNT), v.finite(AMOUNT), v.minValue(0, AMOUNT));
const SHARE = "a number from 0 to 1";
const share = v.pipe(v.number(SHARE), v.minValue(0, SHARE), v.maxValue(1, SHARE));
const NAME = "a text that is not empty";
const name = v.pipe(v.string(NAME), v.nonEmpty(NAME));

const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, "an object with these fields and no others: " + Object.keys(entries).join(", "));
const list = <Item extends v.GenericSchema>(item: Item) => v.array(item, "a list");
const each = <Key extends string, Item extends v.GenericSchema>(keys: readonly Key[], item: Item) =>
  object(Object.fromEntries(keys.map((key) => [key, item])) as Record<Key, Item>);
const orAbsent = <Item extends v.GenericSchema>(item: Item) =>
  v.union([item, object({ absent: name })], "counts, or { absent } with the reason");

const entities = object({ gold: count, predicted: count, correct: count });
const recall = object({ gold: count, correct: count });

const testSchema = object({
  sentences: object({ gold: list(count), predicted: list(count), correct: list(count) }),
  errors: each(ERROR_KINDS, count),
  lengths: each(LENGTH_GROUPS, entities),
  lengthHistogram: object({ gold: list(count), predicted: list(count) }),
  names: object({ seen: recall, unseen: recall, long: recall }),
  context: orAbsent(entities),
  recovery: orAbsent(object({ correct: count, total: count })),
});

const recordSchema: v.GenericSchema<unknown, RunRecord> = object({
  version: v.literal(RECORD_VERSION, `${RECORD_VERSION}, the version that this program reads`),
  key: object({ arm: name, dataset: name, size, seed: count }),
  settings: v.record(v.string(), v.unknown(), "an object"),
  model: name,
  device: name,
  versions: v.record(v.string(), name, "an object of texts"),
  cost: object({
    forwardBackwardTokens: count,
    steps: count,
    seconds: amount,
    secondsPerStep: amount,
    secondsToBest: amount,
    tokensToBest: count,
    peakBytes: count,
    parameters: object({ total: size, trainable: count }),
  }),
  curve: list(object({
    epoch: amount,
    tokens: count,
    seconds: amount,
    devF1: share,
    devLoss: v.optional(amount),
  })),
  dev: object({ f1: share, loss: v.optional(amount), bestEpoch: amount }),
  test: v.optional(testSchema),
});

/**
 * The records of a JSON Lines file, in its order; blank lines are passed over.
 *
 * @param options `file` names the text in messages
 * @throws {DataError} with file and line, where a line is not the record of a run, its counts contradict each
 * other, or two lines have one key
 */
export function parseRecords(
  text: string,
  { file = "records" }: { readonly file?: string } = {},
): RunRecord[] {
  const lineOf = new Map<string, number>();
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const record = parseRecord(line, `${file}:${i + 1}`);
    const run = runName(record.key);
    if (lineOf.has(run)) {
      throw new DataError(
        `${file}:${i + 1}: expected one record a run, found ${run} again, first on line ${
          lineOf.get(run)
        }: ` +
          "remove one of them",
      );
    }
    lineOf.set(run, i + 1);
    return [record];
  });
}

function parseRecord(line: string, where: string): RunRecord {
  const refuse = (expected: string, found: string, advice: string) =>
    new DataError(`${where}: expected ${expected}, found ${found}: ${advice}`);
  let value: unknown;
  try {
    value = parseStrictJson(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refuse(
      "the record of a run in one line of JSON",
      error.message,
      "remove the line and run this cell again",
    );
  }
  if (!isJsonObject(value)) throw refuse("the record of a run", quote(value), "check the path");
  const result = v.safeParse(recordSchema, value, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    const field = fieldOf(issue);
    const advice = field === "version"
      ? "make the report with the version of Lacuna that ran the grid"
      : "remove the line and run this cell again";
    if (issue.input === undefined) throw refuse(`the field ${field}`, "none", advice);
    throw refuse(`${field ?? "it"} to be ${issue.message}`, quote(issue.input), advice);
  }
  const fault = result.output.test && contradictionIn(result.output.test);
  if (fault) throw refuse(fault.expected, fault.found, "remove the line and run this cell again");
  return result.output;
}

/** Where two counts of one thing differ. */
function contradictionIn(test: TestCounts): { expected: string; found: string } | undefined {
  const { gold, predicted, correct } = test.sentences;
  if (predicted.length !== gold.length || correct.length !== gold.length) {
    return {
      expected: "test.sentences to have three lists of one length",
      found: `${gold.length}, ${predicted.length} and ${correct.length}`,
    };
  }
  const sentence = correct.findIndex((n, i) => n > Math.min(gold[i], predicted[i]));
  if (sentence >= 0) {
    return {
      expected: `test.sentences.correct.${sentence} to be at most gold and predicted`,
      found: `${correct[sentence]} of ${gold[sentence]} and ${predicted[sentence]}`,
    };
  }
  const total = totalCounts(test);
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const groups = Object.values(test.lengths);
  const others: readonly [string, number, number][] = [
    ["test.errors.correct", test.errors.correct, total.correct],
    ["test.lengths (gold)", sum(groups.map((group) => group.gold)), total.gold],
    ["test.lengths (predicted)", sum(groups.map((group) => group.predicted)), total.predicted],
    ["test.lengths (correct)", sum(groups.map((group) => group.correct)), total.correct],
    ["test.lengthHistogram.gold", sum(test.lengthHistogram.gold), total.gold],
    ["test.lengthHistogram.predicted", sum(test.lengthHistogram.predicted), total.predicted],
    ["test.names, seen and unseen", test.names.seen.gold + test.names.unseen.gold, total.gold],
  ];
  const wrong = others.find(([, found, expected]) => found !== expected);
  if (wrong) {
    return { expected: `${wrong[0]} to add up to ${wrong[2]}, as test.sentences do`, found: `${wrong[1]}` };
  }
  return undefined;
}
