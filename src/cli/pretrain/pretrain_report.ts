/** What a pretraining run does and what it came to, for the person and as JSON. */

import { MASKED_SHARE } from "../../masking/strategy.ts";
import type { PretrainingEvent, PretrainingResult, PretrainingStartEvent } from "../../pretraining/events.ts";
import type { Console, Outcome } from "../frame/command.ts";
import { counted, formatBytes, formatCount, formatPercent, formatTable, harmless } from "../frame/format.ts";
import { describeUnknown } from "../frame/unknown_line.ts";
import { describeMemory } from "../progress/memory_line.ts";

/** What a person is told of an event. */
export function describePretraining(
  event: PretrainingEvent,
  { scratch }: { readonly scratch: boolean },
): string | undefined {
  if (event.type === "start") return describeStart(event, scratch ? "random weights" : "a checkpoint");
  if (event.type === "warning") return event.message;
  if (event.type !== "evaluation") return;
  const { step, loss, accuracy, best } = event;
  const when = step === 0 ? "before the run" : `step ${formatCount(step)}`;
  return `${when}: held-out loss ${loss.toFixed(4)}, accuracy ${formatPercent(accuracy)}` +
    (best ? " (best so far)" : "");
}

function describeStart(
  { parameters, text, heldOut, doneSteps, memory, unknownWords }: PretrainingStartEvent,
  start: string,
): string {
  const held = heldOut === undefined
    ? "nothing held out"
    : `${counted(heldOut.masked, "masked subword")} of ${counted(heldOut.tokens, "token")} held out`;
  const from = doneSteps > 0 ? `, resuming at step ${formatCount(doneSteps)}` : "";
  return `Pretraining ${counted(parameters, "parameter")} from ${start} ` +
    `on ${formatBytes(text.bytes)} of text in ${counted(text.files, "file")}, ` +
    `${held}${from}\n${describeMemory(memory)}` +
    (unknownWords.unknown > 0 ? `\n${describeUnknown("a sample of the text", unknownWords)}` : "");
}

/**
 * Prints held-out accuracy beside what costs no training, the realised masked share and where the model is.
 */
export function reportPretraining(
  { status, steps, heldOut, maskedShare }: PretrainingResult,
  { out, log }: { out: string; log: string },
  console: Console,
): Outcome {
  if (heldOut) {
    const { before, best, mostFrequent, chance, masked } = heldOut;
    const row = (who: string, { accuracy, loss }: { accuracy: number; loss?: number }) => [
      who,
      formatPercent(accuracy),
      loss === undefined ? "" : `loss ${loss.toFixed(4)}`,
    ];
    const rows = [
      ...(best ? [row(`the model, step ${formatCount(best.step)} of ${formatCount(steps)}`, best)] : []),
      ...(before ? [row("before the run", before)] : []),
      row(`always "${harmless(mostFrequent.piece)}", the most frequent`, mostFrequent),
      row("chance", { accuracy: chance }),
    ];
    console.print(
      `Accuracy on ${counted(masked, "masked subword")} of the held-out text:\n` +
        `${formatTable(rows, { right: [1] }).map((line) => `  ${line}`).join("\n")}\n`,
    );
  }
  console.print(
    `Masked ${formatPercent(maskedShare)} of the subwords, asked for ${formatPercent(MASKED_SHARE)}.\n\n` +
      `Model: ${out}\nLog: ${log}`,
  );
  return { json: { status, steps, heldOut, maskedShare, model: out, log } };
}
