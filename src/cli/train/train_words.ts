/** `deno task train --encoder none`: a tagger of word features alone. */

import { formatScores } from "../../evaluation/report.ts";
import { WordTagger } from "../../inference/word_tagger.ts";
import { openWords } from "../../model/words_file.ts";
import { ownFolder } from "../../run/run_folder.ts";
import { trainWords } from "../../training/train_words.ts";
import { DenoStore } from "../files/deno_store.ts";
import { TrainingLog } from "../files/training_log.ts";
import { type Console, type Outcome, UsageError } from "../frame/command.ts";
import { counted, formatCount } from "../frame/format.ts";
import { optionName, type Options } from "../frame/options.ts";
import { versions } from "../frame/versions.ts";
import { checkPlaces, checkWritable } from "../run/training_run.ts";
import { labelledReader } from "../files/labelled.ts";
import { dataOptions, dataPlaces, type DataRequest, readTrainingData } from "./train_data.ts";
import { findExample, outcomeOf } from "./train_report.ts";

const DATA = Object.keys(dataOptions).filter((name) => name !== "unlabelled");
/** The options that mean something without an encoder. */
const USED = new Set(["encoder", ...DATA, "out", "log", "seed", "json"]);

/** What the command is asked for. */
export interface WordsRequest extends DataRequest {
  readonly out: string;
  readonly log?: string;
}

/**
 * Refuses options that are about an encoder.
 *
 * @throws {UsageError} naming the first
 */
export function checkWithoutEncoder(values: Readonly<Record<string, unknown>>, options: Options): void {
  const given = Object.entries(values).find(([name, value]) =>
    !USED.has(name) && value !== undefined && value !== options[name]?.default
  );
  if (!given) return;
  const option = optionName(given[0]);
  throw new UsageError(
    option === "--resume"
      ? "Expected no --resume with --encoder none: such a run takes seconds, begin it again."
      : `Expected no ${option} with --encoder none: nothing uses it there.`,
  );
}

/** Trains, saves and scores it. */
export async function trainWordsCommand(request: WordsRequest, console: Console): Promise<Outcome> {
  const { out } = request;
  const began = performance.now();
  const signal = console.interruption();
  await checkPlaces({
    out,
    log: request.log,
    read: dataPlaces(request),
    blas: undefined,
    resume: false,
    allowInexact: false,
  });
  const data = await readTrainingData(request, labelledReader(request, console));
  await checkWritable(out);
  const store = new DenoStore(out);
  await using lock = await ownFolder({ out: { store, dir: "" }, resume: false });
  using log = await TrainingLog.open(request.log ?? store.locate("log.jsonl"));
  const { training, dev, test, labels } = data;
  for (const note of data.notes) console.progress(note);
  console.progress(
    `Training a CRF of word features on ${counted(training.length, "sentence")} ` +
      `(dev ${formatCount(dev.length)}, test ${formatCount(test.length)})`,
  );
  const result = await trainWords({
    out: { store, dir: "" },
    lock,
    training,
    labels,
    dev,
    test,
    signal,
  });
  const seconds = (performance.now() - began) / 1000;
  log.clear();
  const { seed } = request;
  const settings = { encoder: "none", seed };
  log.write({ type: "start", settings, labels, versions, arguments: console.args, data: data.sources, out });
  log.write({ type: "done", result, seconds });
  const split = result.test ? "test" : "dev";
  const report = (result.test ?? result.dev)!;
  console.print(`Scores on ${split}:\n\n${formatScores(report)}`);
  console.print(
    `${counted(result.features, "feature")} with a weight, ${
      seconds.toFixed(1)
    } s from reading to the saved model.\n`,
  );
  const tagger = new WordTagger((await openWords(store, ""))!);
  const example = await findExample(data[split], { tagger, signal });
  if (example !== undefined) console.print(`An example from ${split}:\n${example}\n`);
  console.print(`Model: ${out}\nLog: ${log.path}`);
  const run = {
    split,
    status: "finished",
    devF1: result.dev?.strict.micro.f1 ?? 0,
    features: result.features,
    model: out,
    log: log.path,
  };
  return outcomeOf(report, { sentences: data[split], run, advice: "Give more sentences with entities." });
}
