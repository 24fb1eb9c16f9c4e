import { maxTokens, readConfig } from "../model/config.ts";
import type { Sentence } from "../data/sentence.ts";
import { tagSetOf } from "../data/tag_set.ts";
import type { ComputeDevice } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { TrainingError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import { augment } from "../training/augmentation.ts";
import type { AugmentationEvent, StepEvent, TrainingEvent } from "../training/events.ts";
import type { Place, StartingPoint } from "../run/input.ts";
import { taggingPhase } from "../training/phase.ts";
import type { TrainingSettings } from "../training/settings.ts";
import { train } from "../training/trainer.ts";
import { measureTest } from "./measure.ts";
import type { CurvePoint, RunCost } from "./record.ts";
import { StepClock } from "./step_clock.ts";
import type { TestCounts } from "./counts.ts";
import { sentenceTokens, spendBudget } from "./token_budget.ts";

/** One run of a grid with everything that it needs. */
export interface CellInput {
  readonly device: ComputeDevice;
  readonly start: StartingPoint;
  /** A folder for the best model; what is in it is of no use afterwards. */
  readonly work: Place;
  /** Settings but for the number of steps. */
  readonly settings: TrainingSettings;
  /** Forward-backward tokens. */
  readonly budget: number;
  readonly training: readonly Sentence[];
  readonly dev: readonly Sentence[];
  /** Without it the run only chooses on dev. */
  readonly test?: readonly Sentence[];
  readonly labels: readonly string[];
  readonly signal?: AbortSignal;
  readonly onStep?: (event: Pick<StepEvent, "tokens">) => void;
}

/** What a run came to. */
export interface CellResult {
  /** With the number of steps. */
  readonly settings: TrainingSettings;
  readonly cost: RunCost;
  readonly curve: readonly CurvePoint[];
  readonly dev: { readonly f1: number; readonly loss: number; readonly bestEpoch: number };
  readonly test?: TestCounts;
  /** Tags of the test sentences, `[sentences][words]`. */
  readonly tags: readonly (readonly string[])[];
}

/**
 * Trains with a budget of tokens, keeps the model that is best on dev, and measures it on test. What an
 * augmentation costs is paid from the budget.
 *
 * @throws the signal's reason, if it is aborted
 * @throws {LacunaError} as `train` does
 */
export async function runCell(input: CellInput): Promise<CellResult> {
  const { device, start, work, training, dev, test, labels, signal, onStep } = input;
  const augmentation = await augmentCell(input);
  const budget = input.budget - augmentation.tokens;
  const learnt = [...training, ...augmentation.sentences];
  const spent = await spendBudget(await phaseOf({ ...input, training: learnt, budget }), budget, signal);
  const settings = { ...input.settings, maxSteps: spent.steps };
  const clock = new StepClock();
  const curve: (CurvePoint & { devLoss: number })[] = [];
  let [tokens, best] = [augmentation.tokens, 0];
  const seconds = () => augmentation.seconds + clock.seconds;
  let parameters: RunCost["parameters"] | undefined;
  const onEvent = (event: TrainingEvent) => {
    clock.note(event);
    if (event.type === "start") parameters = event.parameters;
    if (event.type === "step") {
      tokens += event.tokens;
      onStep?.(event);
    }
    if (event.type !== "evaluation") return;
    const { step, report, loss: devLoss } = event;
    if (event.best) best = curve.length;
    const devF1 = report.strict.micro.f1;
    curve.push({ epoch: spent.epochs[step - 1], tokens, seconds: seconds(), devF1, devLoss });
  };
  const { status, steps } = await train({
    device,
    start,
    out: work,
    training,
    augmented: augmentation.sentences,
    dev,
    labels,
    settings,
    resumable: false,
    keepMaskedLm: true,
    signal,
    onEvent,
  });
  if (status === "interrupted") throw signal!.reason;
  const cost = {
    forwardBackwardTokens: tokens,
    steps,
    seconds: seconds(),
    secondsPerStep: clock.secondsPerStep,
    secondsToBest: curve[best].seconds,
    tokensToBest: curve[best].tokens,
    peakBytes: device.memory.peakBytes,
    parameters: parameters!,
  };
  const chosen = { f1: curve[best].devF1, loss: curve[best].devLoss, bestEpoch: curve[best].epoch };
  if (!test) return { settings, cost, curve, dev: chosen, tags: [] };
  const { counts, tags } = await measureTest({ device, best: work, start, test, training, signal });
  return { settings, cost, curve, dev: chosen, test: counts, tags };
}

/**
 * The sentences that the settings add to those of a cell, and what they cost: forward-backward tokens, a
 * forward pass as a third, and seconds.
 *
 * @throws {TrainingError} if nothing of the budget is left to learn tags with
 */
async function augmentCell(
  { device, start, training, labels, settings, budget, signal, onStep }: CellInput,
): Promise<{ sentences: readonly Sentence[]; tokens: number; seconds: number }> {
  if (settings.augmentation === 0) return { sentences: [], tokens: 0, seconds: 0 };
  const began = performance.now();
  let tokens = 0;
  const onEvent = (event: StepEvent | AugmentationEvent) => {
    tokens += event.tokens;
    onStep?.(event);
  };
  const sentences = await augment({ device, start, training, labels, settings, signal, onEvent });
  if (tokens >= budget) {
    throw new TrainingError(
      new Message(
        `Expected a budget of more than the ${tokens} tokens that the augmentation takes but found ${budget}: `,
        message`plan more ${setting("budgetEpochs")} or fewer ${setting("augmentationEpochs")}`,
      ),
    );
  }
  return { sentences, tokens, seconds: (performance.now() - began) / 1000 };
}

/** The phase of so many epochs that a run without masked copies uses up the budget. */
async function phaseOf({ start, settings, training, labels, budget, signal }: CellInput) {
  const config = await readConfig(start.store, start.dir);
  const { tokenizer } = await openTokenizer(start.store, {
    dir: start.dir,
    config,
    normalise: settings.normalise,
  });
  const reading = { tokenizer, maxTokens: maxTokens(config) };
  let plain = 0;
  for (const sentence of training) {
    await yieldToHost(signal);
    plain += sentenceTokens(sentence, reading);
  }
  const epochs = Math.ceil(budget / plain);
  return await taggingPhase(training, {
    ...reading,
    signal,
    tagSet: tagSetOf(labels),
    settings: { ...settings, epochs, maxSteps: 0, evaluations: 0 },
  });
}
