/** `deno task distil`: a small model learns from a large one. */

import { distilTagger } from "../../distillation/distil_tagger.ts";
import { readConfig } from "../../model/config.ts";
import type { TrainingEvent, TrainingResult } from "../../training/events.ts";
import { maskingStrategy } from "../../masking/registry.ts";
import { placesOf, TEXT_FILES } from "../files/apart.ts";
import { openModelFolder } from "../files/files.ts";
import { hashModel } from "../files/model_hashes.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { needs } from "../frame/needs.ts";
import { text, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { checkPlaces, runOptions, type RunSeams, runTraining } from "../run/training_run.ts";
import { readDistillationData } from "./distil_data.ts";
import {
  distilSettingsOptions,
  goldOptions,
  lessonOptions,
  studentLayers,
  taggerSettingsOf,
} from "./distil_options.ts";
import { describeTaggerDistillation, reportTaggerDistillation } from "./distil_report.ts";

const definition = defineCommand({
  name: "distil",
  summary:
    "Distils a tagger into a smaller one: the teacher tags raw text, and the student learns the probabilities that it " +
    "gives the tags of each word. Both are on the device at once, and read the same tokens.",
  options: {
    ...lessonOptions,
    ...goldOptions,
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
  const { masks } = maskingStrategy(options.masking ?? "none");
  for (const option of ["maskedCopies", "maskedShare", "maskFrom", "annealFrom"] as const) {
    needs(options, option, { other: "a --masking that masks", there: masks });
  }
  needs(options, "goldWeight", { other: "--train", there: train !== undefined });
  const models = placesOf({ teacher, model: options.model }, { files: /^[^/]+\.(json|safetensors)$/ });
  const [place, model = place] = models;
  const read = [
    place,
    ...placesOf({ text: options.text }, { files: TEXT_FILES }),
    ...placesOf({ train, dev, test }),
  ];
  await checkPlaces({ ...options, model, out, read });
  const settings = taggerSettingsOf(options);
  return await runTraining<TrainingEvent, TrainingResult>(
    console,
    { ...options, command: "distil", model: model.path, scratch, out, ...seams },
    async () => {
      const store = await openModelFolder(teacher);
      const { id2label: labels } = await readConfig(store, "");
      const data = await readDistillationData(options, { labels });
      const sha256 = await hashModel(store, { scratch: false });
      return {
        data: { teacher: { dir: teacher, sha256 }, layers, sources: data.sources },
        settings,
        describe: (event) => describeTaggerDistillation(event, data),
        run: (input) => {
          const start = { ...input.start, layers };
          return distilTagger({ ...input, ...data, start, teacher: { store, dir: "" }, settings });
        },
        report: (result, { log }) =>
          Promise.resolve(reportTaggerDistillation(result, { out, log, data }, console)),
      };
    },
  );
}

if (import.meta.main) Deno.exit(await distil());
