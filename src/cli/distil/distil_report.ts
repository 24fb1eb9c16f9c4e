/** What a distillation does and what it came to, for the person and as JSON. */

import { formatScores } from "../../evaluation/report.ts";
import type { StartEvent, TrainingEvent, TrainingResult } from "../../training/events.ts";
import type { Console, Outcome } from "../frame/command.ts";
import { counted, formatCount } from "../frame/format.ts";
import { describeMemory } from "../progress/memory_line.ts";
import { describeTraining } from "../train/train_report.ts";
import type { DistillationData } from "./distil_data.ts";

/** What a person is told of an event of a distillation of a tagger. */
export function describeTaggerDistillation(
  event: TrainingEvent,
  data: Pick<DistillationData, "sentences">,
): string | undefined {
  return event.type === "start" ? describeStart(event, data) : describeTraining(event);
}

function describeStart(
  { parameters, sentences, doneSteps, totalSteps, memory }: StartEvent,
  { sentences: text }: Pick<DistillationData, "sentences">,
): string {
  const steps = doneSteps > 0
    ? `resuming at step ${formatCount(doneSteps)} of ${formatCount(totalSteps)}`
    : counted(totalSteps, "step");
  const gold = sentences.training > 0 ? ` and ${counted(sentences.training, "sentence")} with tags` : "";
  return `Distilling into ${counted(parameters.total, "parameter")} on ${counted(text.length, "sentence")} ` +
    `of text${gold} (dev ${formatCount(sentences.dev)}, test ${formatCount(sentences.test)}), ${steps}\n` +
    describeMemory(memory);
}

/** Prints scores and where the student is; a student that finds nothing is a failure. */
export function reportTaggerDistillation(
  result: TrainingResult,
  { out, log, data }: { readonly out: string; readonly log: string; readonly data: DistillationData },
  console: Console,
): Outcome {
  const { status, steps, bestEpoch, devF1 } = result;
  const split = result.test ? "test" : "dev";
  const report = (result.test ?? result.dev)!;
  const agreement = split === "dev" && data.dev === undefined
    ? ", whose tags are the teacher's: scores say how far the student agrees with it"
    : "";
  console.print(
    `Scores on ${split} of epoch ${bestEpoch}, the best on dev${agreement}:\n\n${formatScores(report)}\n` +
      `Model: ${out}\nLog: ${log}`,
  );
  const { f1, precision, recall } = report.strict.micro;
  const failure = report.collapse === null
    ? undefined
    : `The student learnt nothing that is of use on ${split}: ` +
      `${report.collapse}. Train longer, on more text, or with another --learning-rate.`;
  return {
    json: { f1, precision, recall, split, status, steps, bestEpoch, devF1, model: out, log, ...report },
    failure,
  };
}
