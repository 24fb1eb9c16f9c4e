/** `deno task pretrain`: masked language modelling on raw text, from scratch or from a checkpoint. */

import type { PretrainingEvent, PretrainingResult } from "../../pretraining/events.ts";
import { pretrain as pretrainModel } from "../../pretraining/pretrain.ts";
import { modelPlace, placesOf, TEXT_FILES } from "../files/apart.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { needs } from "../frame/needs.ts";
import { flag, text, texts, type Values } from "../frame/options.ts";
import { describePretraining, reportPretraining } from "./pretrain_report.ts";
import { pretrainingSettingsOf, pretrainSettingsOptions } from "./pretrain_settings.ts";
import type { Terminal } from "../frame/terminal.ts";
import { textFiles } from "../files/text_files.ts";
import { checkPlaces, runOptions, type RunSeams, runTraining } from "../run/training_run.ts";
import { modelFolder } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "pretrain",
  summary:
    "Pretrains a model of BERT, RoBERTa, XLM-RoBERTa or their kin by masked language modelling on raw text " +
    "(UTF-8, a sentence or a paragraph a line, blank lines between what does not belong together) and keeps " +
    "the model with the lowest loss on held-out text. The text is streamed: it may be larger than memory.",
  options: {
    text: texts("PATH", "text files, or folders with .txt files, to learn from", { required: true }),
    heldout: texts("PATH", "text files or folders to measure on; without them the last model is kept"),
    model: modelFolder(
      "folder of the Hugging Face model to start from (default: random weights, in the sizes of weights/scratch)",
    ),
    fromScratch: flag("takes config.json and tokenizer of --model and begins with random weights"),
    out: text("DIR", "where the model goes, with a state to resume from and the log (default: pretrained)"),
    ...pretrainSettingsOptions,
    ...runOptions,
  },
  examples: [
    {
      args: "--text news/ bible.txt --heldout heldout/ --model models/mbert --epochs 3 --out adapted",
      does:
        "goes on from a checkpoint on text of your language; deno task train --model adapted tags with it",
    },
    {
      args: "--text corpus/ --heldout heldout/ --model config/ --from-scratch --max-steps 20000",
      does: "from random weights, with config.json and tokenizer.json of the folder config",
    },
    { args: "--text corpus/ --heldout heldout/ --resume", does: "goes on where Ctrl-C ended a run" },
  ],
});

/** Runs the command; returns its exit code. */
export function pretrain(terminal?: Terminal, seams: RunSeams = {}): Promise<number> {
  return runCommand(definition, (options, console) => main(options, console, seams), terminal);
}

async function main(
  options: Values<typeof definition.options>,
  console: Console,
  seams: RunSeams,
): Promise<Outcome> {
  const { out = "pretrained" } = options;
  const scratch = options.fromScratch || options.model === undefined;
  const model = modelPlace(options.model, { scratch });
  const read = placesOf({ text: options.text, heldout: options.heldout }, { files: TEXT_FILES });
  await checkPlaces({ ...options, model, out, read });
  const heldout = { other: "--heldout", there: options.heldout !== undefined };
  needs(options, "evaluateEvery", heldout);
  needs(options, "evaluationTokens", heldout);
  const settings = pretrainingSettingsOf(options, { scratch });
  return await runTraining<PretrainingEvent, PretrainingResult>(
    console,
    { ...options, command: "pretrain", model: model.path, scratch, out, ...seams },
    async () => {
      const text = await textFiles(options.text);
      const heldOut = options.heldout && await textFiles(options.heldout);
      return {
        data: { text: options.text, heldOut: options.heldout },
        settings,
        describe: (event) => describePretraining(event, { scratch }),
        run: (input) => pretrainModel({ ...input, text, heldOut, settings }),
        report: (result, { log }) => Promise.resolve(reportPretraining(result, { out, log }, console)),
      };
    },
  );
}

if (import.meta.main) Deno.exit(await pretrain());
