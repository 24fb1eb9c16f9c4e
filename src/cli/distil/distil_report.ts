/** What a distillation does and what it came to, for the person and as JSON. */

import { formatScores } from "../../evaluation/report.ts";
import type { StartEvent, TrainingEvent, TrainingResult } from "../../training/events.ts";
import type { PretrainingEvent, PretrainingResult } from "../../pretraining/events.ts";
import type { HeldOutScores } from "../../pretraining/held_out.ts";
import type { Console, Outcome } from "../frame/command.ts";
import { counted, formatBytes, formatCount, formatPercent } from "../frame/format.ts";
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

/** What a person is told of an event of a distillation of an encoder. */
export function describeEncoderDistillation(event: PretrainingEvent): string | undefined {
  if (event.type === "warning") return event.message;
  if (event.type === "evaluation") {
    const when = event.step === 0 ? "before the run" : `step ${formatCount(event.step)}`;
    return `${when}: held-out ${scoresOf(event)}${event.best ? " (best so far)" : ""}`;
  }
  if (event.type !== "start") return;
  const { parameters, text, heldOut, doneSteps, memory } = event;
  const held = heldOut === undefined ? "nothing held out" : `${counted(heldOut.tokens, "token")} held out`;
  const from = doneSteps > 0 ? `, resuming at step ${formatCount(doneSteps)}` : "";
  return `Distilling into ${counted(parameters, "parameter")} on ${formatBytes(text.bytes)} of text ` +
    `in ${counted(text.files, "file")}, ${held}${from}\n${describeMemory(memory)}`;
}

/** The distance from the teacher, and what of masked subwords is right. */
function scoresOf({ distillationLoss = 0, accuracy }: HeldOutScores): string {
  const gaps = accuracy > 0 ? `, ${formatPercent(accuracy)} of the masked subwords right` : "";
  return `squared error of hidden states ${distillationLoss.toFixed(4)}${gaps}`;
}

/** Prints how near the student came and where it is. */
export function reportEncoderDistillation(
  { status, steps, heldOut, maskedShare }: PretrainingResult,
  { out, log }: { readonly out: string; readonly log: string },
  console: Console,
): Outcome {
  if (heldOut?.before && heldOut.best) {
    const { before, best } = heldOut;
    console.print(
      `On the held-out text, before the run: ${scoresOf(before)}\n` +
        `the student of step ${formatCount(best.step)} of ${formatCount(steps)}: ${scoresOf(best)}\n`,
    );
  }
  console.print(`Model: ${out}\nLog: ${log}`);
  return { json: { status, steps, heldOut, maskedShare, model: out, log } };
}
