/**
 * `deno task train`: fine-tunes a checkpoint, or a small model from scratch, for named entity recognition.
 */

import { maskingStrategy } from "../../masking/registry.ts";
import type { TrainingEvent, TrainingResult } from "../../training/events.ts";
import { defaultSettings } from "../../training/settings.ts";
import { train as trainModel } from "../../training/trainer.ts";
import { modelPlace } from "../files/apart.ts";
import { labelledReader } from "../files/labelled.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { needs } from "../frame/needs.ts";
import { choice, flag, text, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { dataOptions, dataPlaces, readTrainingData } from "./train_data.ts";
import { describeTraining, reportTraining } from "./train_report.ts";
import { settingsOptions, trainingSettingsOf } from "./train_settings.ts";
import { checkWithoutEncoder, trainWordsCommand } from "./train_words.ts";
import { checkPlaces, runOptions, type RunSeams, runTraining } from "../run/training_run.ts";
import { hubIdOf } from "../hub/hub_cache.ts";
import { modelFolder } from "../hub/model_option.ts";
import { type CardOptions, modelCard } from "../run/model_card.ts";
import { EMBEDDED_FROM } from "../files/files.ts";

const definition = defineCommand({
  name: "train",
  summary:
    "Fine-tunes a Hugging Face checkpoint (BERT, RoBERTa, XLM-RoBERTa and their kin) for named entity " +
    "recognition and keeps the model that is best on dev. Without options the embedded small model learns " +
    "the embedded Swahili corpus.",
  options: {
    ...dataOptions,
    model: modelFolder("folder of the Hugging Face model to start from (default: the embedded small model)"),
    encoder: choice(
      "what reads the sentences: the model, or none, which leaves a CRF of word features that trains in seconds",
      ["model", "none"],
      { default: "model" },
    ),
    fromScratch: flag(
      "takes config.json and tokenizer of --model, or of weights/scratch, and begins with random weights",
    ),
    out: text("DIR", "where the model goes, with a state to resume from and the log (default: out)"),
    ...settingsOptions,
    ...runOptions,
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
    { args: "--train train.conll --encoder none", does: "a CRF of word features, in seconds" },
    { args: "--train train.conll --model models/mbert --resume", does: "goes on where Ctrl-C ended a run" },
  ],
});

type TrainOptions = Values<typeof definition.options>;

/** Runs the command; returns its exit code. */
export function train(terminal?: Terminal, seams: RunSeams = {}): Promise<number> {
  return runCommand(definition, (options, console) => main(options, console, seams), terminal);
}

async function main(
  options: TrainOptions,
  console: Console,
  seams: RunSeams,
): Promise<Outcome> {
  const { out = "out" } = options;
  if (options.encoder === "none") {
    checkWithoutEncoder(options, definition.options);
    return await trainWordsCommand({ ...options, seed: options.seed ?? defaultSettings.seed, out }, console);
  }
  const scratch = options.fromScratch;
  checkTogether(options);
  const model = modelPlace(options.model, { scratch });
  await checkPlaces({ ...options, model, out, read: dataPlaces(options) });
  const settings = trainingSettingsOf(options, {
    start: scratch ? "scratch" : options.model === undefined ? "embedded" : "checkpoint",
    train: options.train,
  });
  return await runTraining<TrainingEvent, TrainingResult>(
    console,
    { ...options, command: "train", model: model.path, scratch, out, ...seams },
    async () => {
      const data = await readTrainingData(
        { ...options, seed: settings.seed },
        labelledReader(options, console),
      );
      return {
        notes: data.notes,
        data: data.sources,
        settings,
        describe: describeTraining,
        run: (input) =>
          trainModel({
            ...data,
            ...input,
            settings,
            baseline: true,
            card: (facts) => modelCard(cardOf(options.model, { scratch }), facts),
          }),
        report: (result, run) => reportTraining(result, { ...run, data, settings, out }, console),
      };
    },
  );
}

/** What the card of the model says of where it began. */
function cardOf(model: string | undefined, { scratch }: { scratch: boolean }): CardOptions {
  if (scratch) return {};
  return { baseModel: model === undefined ? EMBEDDED_FROM : hubIdOf(model) };
}

/** Refuses options that need others which are not there. */
function checkTogether(options: TrainOptions): void {
  const unlabelled = { other: "--unlabelled", there: options.unlabelled !== undefined };
  needs(options, "adaptationEpochs", unlabelled);
  const augmentation = { other: "--augmentation", there: (options.augmentation ?? 0) > 0 };
  needs(options, "augmentationEpochs", augmentation);
  needs(options, "adaptationLearningRate", {
    other: "--unlabelled or --augmentation",
    there: unlabelled.there || augmentation.there,
  });
  needs(options, "boundaryObjective", unlabelled);
  const { masks } = maskingStrategy(options.masking ?? defaultSettings.masking);
  for (const option of ["maskedCopies", "maskFrom", "annealFrom"] as const) {
    needs(options, option, { other: "a --masking that masks", there: masks });
  }
  needs(options, "maskedShare", { other: "a --masking that masks", there: masks || unlabelled.there });
  needs(options, "lambdaWarmup", { other: "--objective joint", there: options.objective === "joint" });
  needs(options, "lambda", { other: "--objective joint", there: options.objective === "joint" });
}

if (import.meta.main) Deno.exit(await train());
