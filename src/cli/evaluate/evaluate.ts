/** `deno task evaluate`: scores predicted tags against gold ones. */

import { type Copies, copiesIn, isCopyOf } from "../../data/copies.ts";
import type { LabelledFile } from "../../data/reader.ts";
import type { Sentence } from "../../data/sentence.ts";
import { DataError } from "../../errors.ts";
import { mentionTexts } from "../../evaluation/entities.ts";
import type { Calibration } from "../../evaluation/calibration.ts";
import { formatCalibration, formatScores } from "../../evaluation/report.ts";
import { type ScoreReport, scoreSentences } from "../../evaluation/scores.ts";
import { type Console, type Outcome, runCommand, UsageError } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { deviceOptions, precisionOption } from "../device/device.ts";
import { tagWithModel } from "./evaluate_model.ts";
import { seqevalScores } from "./seqeval_keys.ts";
import { labelledReader, readingOptions, type ReadLabelledFile } from "../files/labelled.ts";
import { text, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { modelFolder } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "evaluate",
  summary:
    "Scores predicted entities against gold ones: strict F1 as seqeval's strict mode gives it, its default beside it, " +
    "by type, by length, and the kinds of error.",
  options: {
    model: modelFolder("model directory, as train writes it, whose tags are scored"),
    data: text("FILE", "labelled file with the right tags, for --model"),
    gold: text("FILE", "labelled file with the right tags, for --predicted"),
    predicted: text(
      "FILE",
      "labelled file with the same words and the tags to score; of word, gold and predicted the last",
    ),
    train: text("FILE", "labelled training file: scores names apart that were seen in it and that were not"),
    ...readingOptions,
    ...deviceOptions,
    ...precisionOption,
  },
  examples: [
    { args: "--model out --data test.conll", does: "scores what a model finds in a file" },
    { args: "--gold test.conll --predicted tagged.conll", does: "compares two files, no model needed" },
    {
      args: "--gold test.conll --predicted tagged.conll --train train.conll --json",
      does: 'scores seen and unseen names too; the last line is JSON with "f1" from 0 to 1, ' +
        'and with "seqeval", which has the keys of Hugging Face\'s evaluate',
    },
  ],
});

/** Runs the command; returns its exit code. */
export function evaluate(terminal?: Terminal): Promise<number> {
  return runCommand(definition, main, terminal);
}

/** Gold sentences and for each the tags that somebody or something predicted. */
interface Predictions {
  readonly gold: readonly Sentence[];
  readonly predicted: readonly (readonly string[])[];
  /** How well the scores of a model are calibrated. */
  readonly calibration?: Calibration;
}

async function main(options: Values<typeof definition.options>, console: Console): Promise<Outcome> {
  const read = labelledReader(options, console);
  const predictions = await predictionsOf(options, read, console);
  const train = options.train === undefined ? undefined : await read(options.train);
  const report = score(predictions, train?.sentences);
  console.print(formatScores(report).trimEnd());
  const copies = train && scoreCopies(predictions, train.sentences);
  if (copies) console.print(`\n${describeCopies(copies)}`);
  const { calibration } = predictions;
  if (calibration) console.print(`\n${formatCalibration(calibration)}`);
  const { precision, recall, f1 } = report.strict.micro;
  return {
    json: {
      f1,
      precision,
      recall,
      ...calibration && { calibration },
      ...copies && { copies },
      ...report,
      seqeval: seqevalScores(report, {
        gold: predictions.gold.map(({ tags }) => tags),
        predicted: predictions.predicted,
      }),
    },
  };
}

/** From a model or from a second file. */
async function predictionsOf(
  { model, data, gold, predicted, ...request }: Values<typeof definition.options>,
  read: ReadLabelledFile,
  console: Console,
): Promise<Predictions> {
  const files = gold !== undefined && predicted !== undefined && model === undefined && data === undefined;
  if (files) return await readPredictions(gold, predicted, read);
  if (model === undefined || data === undefined || gold !== undefined || predicted !== undefined) {
    throw new UsageError(
      "Expected a model and a labelled file, --model DIR --data FILE, or two labelled files, --gold FILE --predicted FILE.",
    );
  }
  const { sentences } = await read(data);
  return { gold: sentences, ...await tagWithModel(sentences, { ...request, model, data }, console) };
}

async function readPredictions(
  gold: string,
  predicted: string,
  read: ReadLabelledFile,
): Promise<Predictions> {
  // Both have to hold the same sentences, so none is cut.
  const goldFile = await read(gold, { cut: false });
  // Where their letters fit to both, in the scheme of the gold file, whatever the predicted tags look like.
  const predictedFile = await read(predicted, { like: goldFile.scheme, predicted: true, cut: false });
  checkWords({ path: gold, ...goldFile }, { path: predicted, ...predictedFile });
  return { gold: goldFile.sentences, predicted: predictedFile.sentences.map(({ tags }) => tags) };
}

function score({ gold, predicted }: Predictions, train: readonly Sentence[] | undefined): ScoreReport {
  const names = train && { trainingMentions: mentionTexts(train), words: gold.map(({ words }) => words) };
  return scoreSentences(gold.map(({ tags }) => tags), predicted, names);
}

/** What the sentences that stand in training, too, are worth. */
interface CopyScores extends Copies {
  readonly sentences: number;
  /** Strict F1 on the copies and on the other sentences, from 0 to 1. */
  readonly f1: number;
  readonly restF1: number;
}

/** Undefined where no sentence stands in training. */
function scoreCopies({ gold, predicted }: Predictions, train: readonly Sentence[]): CopyScores | undefined {
  const copies = copiesIn(gold, train);
  if (copies.count === 0) return undefined;
  const isCopy = isCopyOf(train);
  const f1Of = (chosen: boolean) => {
    const indexes = gold.flatMap((sentence, i) => isCopy(sentence) === chosen ? [i] : []);
    return scoreSentences(indexes.map((i) => gold[i].tags), indexes.map((i) => predicted[i])).strict.micro.f1;
  };
  const restF1 = copies.count === gold.length ? 0 : f1Of(false);
  return { sentences: gold.length, ...copies, f1: f1Of(true), restF1 };
}

function describeCopies({ sentences, count, otherTags, f1, restF1 }: CopyScores): string {
  const other = otherTags > 0 ? ` (${otherTags} of them with other tags)` : "";
  const rest = count === sentences ? "there are no others" : `${(100 * restF1).toFixed(2)} on the others`;
  return `${count} of ${sentences} sentences stand in training, too${other}: F1 ${
    (100 * f1).toFixed(2)
  } on them, ${rest}`;
}

interface NamedFile extends LabelledFile {
  readonly path: string;
}

/** Throws at the first place where the files do not hold the same words in the same sentences. */
function checkWords(gold: NamedFile, predicted: NamedFile): void {
  const sentences = Math.max(gold.sentences.length, predicted.sentences.length);
  for (let sentence = 0; sentence < sentences; sentence++) {
    const [a, b] = [gold, predicted].map((file) => file.sentences[sentence]?.words ?? []);
    const word = Array.from(a.length > b.length ? a : b).findIndex((_, i) => a[i] !== b[i]);
    if (word < 0) continue;
    const at = { sentence, word };
    throw new DataError(
      `${placeOf(predicted, at)}: expected ${wordAt(gold, at)}, as in ${placeOf(gold, at)}, ` +
        `found ${wordAt(predicted, at)}: both files have to hold the same words in the same sentences`,
    );
  }
}

/** A word of a file. */
interface WordPlace {
  readonly sentence: number;
  readonly word: number;
}

function placeOf(file: NamedFile, { sentence, word }: WordPlace): string {
  if (sentence >= file.sentences.length) return file.path;
  return file.placeOf(sentence, Math.min(word, file.sentences[sentence].words.length));
}

function wordAt({ sentences }: NamedFile, { sentence, word }: WordPlace): string {
  if (sentence >= sentences.length) return "the end of the file";
  const found = sentences[sentence].words[word];
  return found === undefined ? "the end of the sentence" : `the word ${JSON.stringify(found)}`;
}

if (import.meta.main) Deno.exit(await evaluate());
