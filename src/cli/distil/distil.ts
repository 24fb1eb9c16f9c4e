/** `deno task distil`: a small model learns from a large one. */

import { distilTagger } from "../../distillation/distil_tagger.ts";
import { distilEncoder } from "../../distillation/distil_encoder.ts";
import { defaultTaggerDistillationSettings } from "../../distillation/tagger_settings.ts";
import { isTagger } from "../../distillation/teacher_files.ts";
import type { PretrainingEvent, PretrainingResult } from "../../pretraining/events.ts";
import type { Place } from "../../run/input.ts";
import { readConfig } from "../../model/config.ts";
import type { TrainingEvent, TrainingResult } from "../../training/events.ts";
import { maskingStrategy } from "../../masking/registry.ts";
import { placesOf, TEXT_FILES } from "../files/apart.ts";
import { openModelFolder } from "../files/files.ts";
import { modelCard } from "../run/model_card.ts";
import { hubIdOf } from "../hub/hub_cache.ts";
import { textFiles } from "../files/text_files.ts";
import { hashModel } from "../files/model_hashes.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { needs } from "../frame/needs.ts";
import { text, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { labelledReader } from "../files/labelled.ts";
import { checkPlaces, runOptions, type RunPlaces, type RunSeams, runTraining } from "../run/training_run.ts";
import { readDistillationData } from "./distil_data.ts";
import {
  checkKind,
  distilSettingsOptions,
  encoderSettingsOf,
  lessonOptions,
  measuringOptions,
  studentLayers,
  taggerSettingsOf,
} from "./distil_options.ts";
import {
  describeEncoderDistillation,
  describeTaggerDistillation,
  reportEncoderDistillation,
  reportTaggerDistillation,
} from "./distil_report.ts";

const definition = defineCommand({
  name: "distil",
  summary:
    "Distils a tagger or an encoder into a smaller one. A tagger tags raw text, and the student learns the " +
    "probabilities that it gives the tags of each word; of an encoder without a tagging head it learns the " +
    "hidden states, as pretrain reads text and with gaps that the teacher does not have. Both are on the " +
    "device at once, and read the same tokens.",
  options: {
    ...lessonOptions,
    ...measuringOptions,
    out: text("DIR", "where the student goes, with a state to resume from and the log (default: distilled)"),
    ...distilSettingsOptions,
    ...runOptions,
  },
  examples: [
    {
      args: "--teacher my-tagger --layers 6 --text news/ --dev dev.conll --test test.conll --out small",
      does: "teaches the first six layers of a tagger to tag as all of them do",
    },
    {
      args: "--teacher my-tagger --keep-layers 0,2,4 --text news.txt --train train.conll --dev dev.conll",
      does: "every second layer, which learns the tags of train.conll, too",
    },
    {
      args: "--teacher my-tagger --layers 6 --text news/ --resume",
      does: "goes on where Ctrl-C ended a run",
    },
  ],
});

type DistilOptions = Values<typeof definition.options>;

/** Runs the command; returns its exit code. */
export function distil(terminal?: Terminal, seams: RunSeams = {}): Promise<number> {
  return runCommand(definition, (options, console) => main(options, console, seams), terminal);
}

async function main(options: DistilOptions, console: Console, seams: RunSeams): Promise<Outcome> {
  const { teacher, train, dev, test, out = "distilled", fromScratch: scratch } = options;
  const layers = studentLayers(options);
  const models = placesOf({ teacher, model: options.model }, { files: /^[^/]+\.(json|safetensors)$/ });
  const [place, model = place] = models;
  const texts = placesOf({ text: options.text, heldout: options.heldout }, { files: TEXT_FILES });
  await checkPlaces({ ...options, model, out, read: [place, ...texts, ...placesOf({ train, dev, test })] });
  const source: Place = { store: await openModelFolder(teacher), dir: "" };
  const tags = !options.encoder && await isTagger(source);
  checkKind(options, { tags });
  const places = { ...options, command: "distil", model: model.path, scratch, out, ...seams };
  const lesson = { options, places, source, layers, out };
  return tags ? await distilTags(lesson, console) : await distilStates(lesson, console);
}

/** What is learnt, from whom, by what. */
interface AskedLesson {
  readonly options: DistilOptions;
  readonly places: RunPlaces;
  readonly source: Place;
  readonly layers: readonly number[] | undefined;
  readonly out: string;
}

/** From a tagger. */
async function distilTags(
  { options, places, source, layers, out }: AskedLesson,
  console: Console,
): Promise<Outcome> {
  const { masks } = maskingStrategy(options.masking ?? defaultTaggerDistillationSettings.masking);
  for (const option of ["maskedCopies", "maskedShare", "maskFrom", "annealFrom"] as const) {
    needs(options, option, { other: "a --masking that masks", there: masks });
  }
  needs(options, "goldWeight", { other: "--train", there: options.train !== undefined });
  const settings = taggerSettingsOf(options);
  return await runTraining<TrainingEvent, TrainingResult>(console, places, async () => {
    const { id2label: labels } = await readConfig(source.store, source.dir);
    const data = await readDistillationData(options, {
      labels,
      read: labelledReader(options, console),
    });
    return {
      data: { teacher: await teacherFor(options, source), layers, sources: data.sources },
      settings,
      describe: (event) => describeTaggerDistillation(event, data),
      run: (input) =>
        distilTagger({
          ...input,
          ...data,
          start: { ...input.start, layers },
          teacher: source,
          settings,
          card: (facts) =>
            modelCard({
              baseModel: places.scratch ? undefined : hubIdOf(places.model),
              distilled: { goldDev: options.dev !== undefined },
            }, facts),
        }),
      report: (result, { log }) =>
        Promise.resolve(reportTaggerDistillation(result, { out, log, data }, console)),
    };
  });
}

/** From an encoder. */
async function distilStates(
  { options, places, source, layers, out }: AskedLesson,
  console: Console,
): Promise<Outcome> {
  const heldout = { other: "--heldout", there: options.heldout !== undefined };
  needs(options, "evaluateEvery", heldout);
  needs(options, "evaluationTokens", heldout);
  const settings = encoderSettingsOf(options);
  return await runTraining<PretrainingEvent, PretrainingResult>(console, places, async () => {
    const text = await textFiles(options.text);
    const heldOut = options.heldout && await textFiles(options.heldout);
    return {
      data: {
        teacher: await teacherFor(options, source),
        layers,
        text: options.text,
        heldOut: options.heldout,
      },
      settings,
      describe: describeEncoderDistillation,
      run: (input) =>
        distilEncoder({
          ...input,
          text,
          heldOut,
          start: { ...input.start, layers },
          teacher: source,
          settings,
        }),
      report: (result, { log }) => Promise.resolve(reportEncoderDistillation(result, { out, log }, console)),
    };
  });
}

/** The teacher, for the log. */
async function teacherFor({ teacher }: DistilOptions, { store }: Place): Promise<object> {
  return { dir: teacher, sha256: await hashModel(store, { scratch: false }) };
}

if (import.meta.main) Deno.exit(await distil());
