/** `deno task train`: fine-tunes a checkpoint, or a small model from scratch, for named entity recognition. */

import { fromFileUrl, resolve } from "@std/path";
import type { TrainingEvent, TrainingResult } from "../training/events.ts";
import { STATE_FILE } from "../training/state.ts";
import { train as trainModel } from "../training/trainer.ts";
import { type Console, type Outcome, runCommand, UsageError } from "./command.ts";
import { defineCommand } from "./definition.ts";
import { attempt, DenoStore } from "./deno_store.ts";
import { deviceOption, openDevice } from "./device.ts";
import { openModelFolder } from "./files.ts";
import { hashModel } from "./model_hashes.ts";
import { flag, optionName, text, type Values } from "./options.ts";
import { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";
import { dataOptions, readTrainingData } from "./train_data.ts";
import { reportTraining } from "./train_report.ts";
import { settingsOf, settingsOptions } from "./train_settings.ts";
import { TrainingLog } from "./training_log.ts";
import { versions } from "./versions.ts";

const definition = defineCommand({
  name: "train",
  summary:
    "Fine-tunes a BERT, RoBERTa or XLM-RoBERTa checkpoint for named entity recognition and keeps the model that " +
    "is best on dev. Without options a small model learns from scratch on the embedded Swahili corpus.",
  options: {
    ...dataOptions,
    model: text("DIR", "folder of the Hugging Face model to start from (default: a small model of Lacuna)"),
    fromScratch: flag("takes config.json and tokenizer of --model and begins with random weights"),
    out: text("DIR", "where the model goes, with a state to resume from and the log (default: out)"),
    ...settingsOptions,
    device: deviceOption,
    resume: flag("goes on with the interrupted run in --out; all other options as they were"),
    allowInexact: flag("resumes on another device too, where rounding differs"),
    log: text("FILE", "JSON Lines log of the whole run (default: log.jsonl in --out)"),
  },
  examples: [
    { args: "", does: "trains a small model on the embedded corpus, as a first look" },
    {
      args: "--train train.conll --dev dev.conll --test test.conll --model models/xlm-roberta-base",
      does: "fine-tunes a checkpoint on your data with span masking",
    },
    {
      args: "--train train.conll --model models/mbert --masking none --limit 250",
      does: "without masking, on a sample",
    },
    { args: "--train train.conll --model models/mbert --resume", does: "goes on where Ctrl-C ended a run" },
  ],
});

/** Configuration and tokenizer of a small model, which begins at random. */
const embeddedModel = fromFileUrl(new URL("../../weights", import.meta.url));

type TrainOptions = Values<typeof definition.options>;

/** Runs the command; returns its exit code. */
export function train(terminal?: Terminal): Promise<number> {
  return runCommand(definition, main, terminal);
}

async function main(options: TrainOptions, console: Console): Promise<Outcome> {
  const { model = embeddedModel, out = "out" } = options;
  const scratch = options.fromScratch || options.model === undefined;
  checkTogether(options, { model, out });
  const settings = settingsOf(options, { scratch });
  const data = await readTrainingData({ ...options, seed: settings.seed });
  const [source, store] = [await openModelFolder(model), new DenoStore(out)];
  await checkWritable(out);
  using log = await TrainingLog.open(options.log ?? store.locate("log.jsonl"));
  using progress = new Progress(console);
  const run = {
    versions,
    arguments: console.args,
    model: { dir: model, scratch, sha256: await hashModel(source, { scratch }) },
    data: data.sources,
    out,
  };
  let started = false;
  const onEvent = (event: TrainingEvent) => {
    if (event.type === "start") {
      started = true;
      if (!options.resume) log.clear();
    }
    log.write(event.type === "start" ? { ...event, ...run } : event);
    progress.show(event);
  };
  const { device, line } = await openDevice(options.device);
  try {
    for (const note of [...data.notes, line]) progress.say(note);
    if (!options.resume && await store.exists(STATE_FILE)) {
      progress.say(`Beginning anew; --resume would go on with the interrupted run in ${out}.`);
    } else if (!options.resume && await store.exists("model.safetensors")) {
      progress.say(`The model of an earlier run in ${out} will be replaced.`);
    }
    const signal = console.interruption();
    signal.addEventListener("abort", () => progress.say("Interrupted: saving (Ctrl-C again leaves at once)"));
    const result = await trainModel({
      ...data,
      device,
      start: { store: source, dir: "", scratch },
      out: { store, dir: "" },
      settings,
      resume: options.resume,
      allowInexact: options.allowInexact,
      signal,
      onEvent,
    });
    progress.close();
    if (result.status === "interrupted") return interrupted(result, { out, args: console.args });
    return await reportTraining(result, { data, settings, device, out, log: log.path }, console);
  } catch (error) {
    // A run that could not begin leaves the log of the one before as it was.
    if (started) {
      log.write({ type: "error", message: error instanceof Error ? error.message : String(error) });
    }
    throw error;
  } finally {
    device.destroy();
  }
}

/** Refuses options that need others which are not there. */
function checkTogether(options: TrainOptions, { model, out }: { model: string; out: string }): void {
  const needs = (option: keyof TrainOptions, { other, there }: { other: string; there: boolean }) => {
    if (there || options[option] === undefined || options[option] === false) return;
    throw new UsageError(`Expected ${other} with ${optionName(option)}: nothing else uses it.`);
  };
  const unlabelled = { other: "--unlabelled", there: options.unlabelled !== undefined };
  needs("adaptationEpochs", unlabelled);
  needs("adaptationLearningRate", unlabelled);
  needs("boundaryObjective", unlabelled);
  needs("lambda", { other: "--objective joint", there: options.objective === "joint" });
  needs("allowInexact", { other: "--resume", there: options.resume });
  if (resolve(model) === resolve(out)) {
    throw new UsageError("Expected --out to be another folder than --model: the model there would be lost.");
  }
}

/** Finds out whether files can be made in a folder before a run has cost time; makes the folder. */
async function checkWritable(folder: string): Promise<void> {
  await attempt(`cannot write to the folder ${folder}`, async () => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder }));
  });
}

/** What a person is told after Ctrl-C, and how to go on. */
function interrupted(
  { status, steps }: TrainingResult,
  { out, args }: { readonly out: string; readonly args: readonly string[] },
): Outcome {
  const quoted = args.filter((arg) => arg !== "--" && arg !== "--resume")
    .map((arg) => /^[\w./:=@%+,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`);
  const command = ["deno task train", ...quoted, "--resume"].join(" ");
  return {
    json: { status, steps, out },
    failure: `Interrupted after step ${steps}, state saved in ${out}. To go on: ${command}`,
  };
}

if (import.meta.main) Deno.exit(await train());
