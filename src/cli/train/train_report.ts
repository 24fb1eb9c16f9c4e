/** What a training run does and what it came to, for the person and as JSON. */

import { hasMention, type Sentence } from "../../data/sentence.ts";
import { endedBy } from "../../device/yield_to_host.ts";
import { entitiesOf } from "../../data/entities.ts";
import { mentionText } from "../../evaluation/entities.ts";
import { formatCalibration, formatScores } from "../../evaluation/report.ts";
import type { ScoreReport } from "../../evaluation/scores.ts";
import type { Tagger } from "../../inference/model_tagger.ts";
import { openTagger, tagSentences } from "../../inference/tagger.ts";
import { maskingStrategy } from "../../masking/registry.ts";
import type {
  EvaluationEvent,
  LearntWords,
  StartEvent,
  TrainingEvent,
  TrainingResult,
} from "../../training/events.ts";
import type { TrainingSettings } from "../../training/settings.ts";
import type { Console, Outcome } from "../frame/command.ts";
import { DenoStore } from "../files/deno_store.ts";
import { formatEntities } from "../predict/entity_lines.ts";
import { counted, formatCount, formatPercent } from "../frame/format.ts";
import { describeUnknown } from "../frame/unknown_line.ts";
import { describeMemory } from "../progress/memory_line.ts";
import type { TrainingData } from "./train_data.ts";
import type { FinishedRun } from "../run/training_run.ts";

/** What a person is told of an event. */
export function describeTraining(event: TrainingEvent): string | undefined {
  if (event.type === "start") return describeStart(event);
  if (event.type === "augmentation") {
    return `Augmented by ${counted(event.sentences, "sentence")} with other names`;
  }
  if (event.type === "evaluation" && event.split === "dev") return describeEpoch(event);
  if (event.type === "warning") return event.message;
}

function describeStart(event: StartEvent): string {
  const { parameters, sentences, doneSteps, totalSteps, memory, unknownWords } = event;
  const { total, trainable } = parameters;
  const trained = trainable === total
    ? counted(total, "parameter")
    : `${formatCount(trainable)} of ${counted(total, "parameter")}`;
  const steps = doneSteps > 0
    ? `resuming at step ${formatCount(doneSteps)} of ${formatCount(totalSteps)}`
    : counted(totalSteps, "step");
  const { training, dev, test } = sentences;
  return `Training ${trained} on ${counted(training, "sentence")} ` +
    `(dev ${formatCount(dev)}, test ${formatCount(test)}), ${steps}\n${describeMemory(memory)}` +
    (unknownWords.unknown > 0 ? `\n${describeUnknown("training", unknownWords)}` : "");
}

function describeEpoch({ epoch, averaged, report, loss, best, words }: EvaluationEvent): string {
  const [strict, lenient] = [report.strict, report.lenient].map(({ micro }) => (100 * micro.f1).toFixed(2));
  if (words !== undefined) return `words joined, times ${words}: dev F1 ${strict} strict, ${lenient} default`;
  const weights = averaged === undefined ? `epoch ${epoch}` : `mean of the last ${averaged} evaluations`;
  return `${weights}: dev F1 ${strict} strict, ${lenient} default, loss ${loss.toFixed(4)}` +
    (best ? " (best so far)" : "");
}

/** What was trained, on what, and where it is. */
export interface TrainedRun extends FinishedRun {
  readonly data: TrainingData;
  readonly settings: TrainingSettings;
  /** The folder of the model. */
  readonly out: string;
}

/**
 * Prints scores, the realised masked share, an example and where the model is; a model that finds nothing is
 * a failure. A signal that comes now ends nothing but the search for an example: the run is done.
 */
export async function reportTraining(
  result: TrainingResult,
  { data, settings, device, out, log, signal }: TrainedRun,
  console: Console,
): Promise<Outcome> {
  const { status, steps, bestEpoch, averaged, devF1, maskedShare } = result;
  const split = result.test ? "test" : "dev";
  const report = (result.test ?? result.dev)!;
  const devSpeaks = data.dev.some(hasMention);
  const chosen = devF1 > 0
    ? "the best on dev"
    : devSpeaks
    ? "which had the lowest loss on dev, where F1 was 0 throughout"
    : "the last one, as no sentence of dev has an entity";
  const stopped = status === "stopped" ? ", where the run stopped early" : "";
  const weights = averaged > 0 ? `the mean of the last ${averaged} evaluations` : `epoch ${bestEpoch}`;
  console.print(`Scores on ${split} of ${weights}, ${chosen}${stopped}:\n\n${formatScores(report)}`);
  if (maskingStrategy(settings.masking).masks) {
    console.print(
      `Masked ${formatPercent(maskedShare)} of the subwords, asked for ${
        formatPercent(settings.maskedShare)
      }.\n`,
    );
  }
  if (result.calibration) console.print(`${formatCalibration(result.calibration)}\n`);
  const example = await openTagger(device, new DenoStore(out), { signal })
    .then((tagger) => findExample(data[split], { tagger, signal }))
    .catch((error) => {
      if (!endedBy(signal, error)) throw error;
    });
  if (example !== undefined) console.print(`An example from ${split}:\n${example}\n`);
  if (result.words) console.print(describeWords(result.words, split));
  console.print(`Model: ${out}\nLog: ${log}`);
  const run = {
    split,
    status,
    steps,
    bestEpoch,
    averaged,
    devF1,
    calibration: result.calibration,
    maskedShare,
    model: out,
    log,
    words: wordScores(result),
  };
  const advice = devSpeaks
    ? "Train longer, or with another --learning-rate."
    : "No epoch could be chosen: give --dev sentences with entities.";
  return outcomeOf(report, { sentences: data[split], run, advice });
}

/** What words reach alone on the same sentences, and how they are joined with the encoder. */
function describeWords({ alone, weight, encoderDevF1 = 0 }: LearntWords, split: "dev" | "test"): string {
  const percent = (f1: number) => (100 * f1).toFixed(2);
  const line = `A CRF of word features alone has F1 ${percent(alone[split]!.strict.micro.f1)} on ${split}.`;
  if (weight === undefined) return line;
  return weight === 0
    ? `${line} Dev is tagged best without it: it is not joined.`
    : `${line} It is joined, times ${weight}: the encoder alone has dev F1 ${percent(encoderDevF1)}.`;
}

/** The same for programs. */
function wordScores({ words }: TrainingResult) {
  if (!words) return undefined;
  const { alone: { features, dev, test }, ...joined } = words;
  return { features, devF1: dev?.strict.micro.f1, testF1: test?.strict.micro.f1, ...joined };
}

/** What a run came to, for programs; a failure with advice where the model finds nothing of what there is. */
export function outcomeOf(
  report: ScoreReport,
  { sentences, run, advice }: {
    /** The sentences that were scored. */
    readonly sentences: readonly Sentence[];
    /** What stands beside the scores. */
    readonly run: Readonly<Record<string, unknown>> & { readonly split: string };
    readonly advice: string;
  },
): Outcome {
  const { f1, precision, recall } = report.strict.micro;
  const nothing = report.collapse ??
    (f1 === 0 && sentences.some(hasMention) ? "it finds none of the entities as they are" : undefined);
  const failure = nothing && `The model learnt nothing that is of use on ${run.split}: ${nothing}. ${advice}`;
  return { json: { f1, precision, recall, ...run, ...report }, failure };
}

/** Sentences with mentions among which an example is looked for. */
const CANDIDATES = 20;

/** The first sentence in which the tagger finds what it was to find something in, with what it found. */
export async function findExample(
  sentences: readonly Sentence[],
  { tagger, signal }: { readonly tagger: Tagger; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const candidates = sentences.filter(hasMention).slice(0, CANDIDATES);
  const tagged = await tagSentences(tagger, candidates.map(({ words }) => words), { signal });
  for (const [i, { words }] of candidates.entries()) {
    const { tags, entityScores } = tagged[i];
    const entities = entitiesOf(tags, "strict").map((entity, e) => ({
      type: entity.type,
      text: mentionText(words, entity),
      score: entityScores[e],
    }));
    if (entities.length > 0) return formatEntities(words.join(" "), entities);
  }
}
