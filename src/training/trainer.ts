import type { Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { CheckpointError } from "../errors.ts";
import { mentionTexts } from "../evaluation/entities.ts";
import { type ScoreReport, scoreSentences } from "../evaluation/scores.ts";
import { ModelTagger } from "../inference/model_tagger.ts";
import { tagSentences } from "../inference/tagger.ts";
import type { Model } from "../model/model.ts";
import { loadValues } from "../model/open.ts";
import type { OpenedTokenizer } from "../model/tokenizer_files.ts";
import type { AdamW } from "../optim/adamw.ts";
import type { StepEvent, TrainingEvent, TrainingResult } from "./events.ts";
import type { TrainingInput } from "./input.ts";
import { LossLog, notFinite, type StepLosses } from "./loss_log.ts";
import { newOptimizer } from "./optimizer.ts";
import type { Phase } from "./phase.ts";
import { prepare, type PreparedRun } from "./prepare.ts";
import { inOwnFolder, RunFolder } from "./run_folder.ts";
import type { TrainingSettings } from "./settings.ts";
import { type Progress, restore, type RunIdentity } from "./state.ts";
import { takeStep } from "./take_step.ts";

/**
 * Fine-tunes a checkpoint for named entity recognition and keeps the model that is best on dev.
 *
 * The run is a function of input and settings: the same ones give the same bytes on the same device, also when it was
 * interrupted and resumed in between.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written; for a loss that is not finite
 */
export async function train(input: TrainingInput): Promise<TrainingResult> {
  return await inOwnFolder(input, async () => {
    const prepared = await prepare(input);
    try {
      const run = new Run(prepared);
      try {
        await run.begin(prepared);
        return await run.complete();
      } finally {
        run.free();
      }
    } finally {
      prepared.model.free();
    }
  });
}

class Run {
  readonly #input: TrainingInput;
  readonly #settings: TrainingSettings;
  readonly #model: Model;
  readonly #tokenizer: OpenedTokenizer;
  readonly #phases: readonly Phase[];
  readonly #identity: RunIdentity;
  readonly #log: LossLog<Omit<StepEvent, "type" | keyof StepLosses>>;
  readonly #folder: RunFolder;
  /** Texts of the mentions in training, to tell seen names from unseen ones. */
  readonly #trainingMentions: ReadonlySet<string>;
  readonly #optimizer: AdamW;
  #progress: Progress = {
    phase: 0,
    step: 0,
    bestEpoch: 0,
    devF1: 0,
    evaluationsSinceBest: 0,
    maskedTokens: 0,
    maskableTokens: 0,
  };

  constructor({ input, settings, model, tokenizer, phases, identity, augmented, resumed }: PreparedRun) {
    this.#input = input;
    this.#settings = settings;
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#phases = phases;
    this.#identity = identity;
    this.#optimizer = newOptimizer(model, settings);
    this.#log = new LossLog(
      model.device,
      (step, losses) => this.#emit({ type: "step", ...step, ...losses }),
    );
    this.#progress = { ...this.#progress, ...resumed?.progress, augmented };
    this.#trainingMentions = mentionTexts(input.training);
    this.#folder = new RunFolder(input.out, {
      resumed: resumed !== undefined,
      states: input.resumable,
      onSave: (saved) => this.#emit({ type: "checkpoint", step: this.#doneSteps, ...saved }),
    });
  }

  /** Brings a resumed run to where it stood, and tells that it begins. */
  async begin({ input, memory, fresh, resumed }: PreparedRun): Promise<void> {
    const { training, dev, test = [] } = input;
    if (resumed) await restore(resumed.tensors, this.#model, this.#optimizer);
    this.#emit({
      type: "start",
      settings: this.#settings,
      device: input.device.description,
      variants: input.device.variants,
      labels: this.#model.labels,
      parameters: this.#model.parameters.count(),
      memory,
      fresh,
      sentences: { training: training.length, dev: dev.length, test: test.length },
      totalSteps: this.#totalSteps,
      doneSteps: this.#doneSteps,
    });
  }

  /** Runs what is left and scores the best model. */
  async complete(): Promise<TrainingResult> {
    const status = await this.#runPhases();
    if (status === "interrupted") {
      await this.#saveState();
      return this.#finish(status, undefined);
    }
    const { out, test = [] } = this.#input;
    let report: ScoreReport | undefined;
    if (test.length > 0) {
      await loadValues(this.#model, out.store, { dir: out.dir });
      report = await this.#evaluate("test", test);
    }
    await this.#folder.removeState();
    return this.#finish(status, report);
  }

  async #runPhases(): Promise<TrainingResult["status"]> {
    for (; this.#progress.phase < this.#phases.length; this.#progress.phase++, this.#progress.step = 0) {
      const phase = this.#phases[this.#progress.phase];
      if (this.#progress.step === 0 && this.#progress.phase > 0) this.#optimizer.reset();
      while (this.#progress.step < phase.steps.length) {
        await yieldToHost();
        if (this.#input.signal?.aborted) {
          await this.#log.flush(this.#optimizer);
          return "interrupted";
        }
        await this.#step(phase);
        if (phase.steps[this.#progress.step - 1].evaluated && await this.#pause(phase)) return "stopped";
      }
    }
    return "finished";
  }

  /** One step of the optimiser. */
  async #step(phase: Phase): Promise<void> {
    const { step } = this.#progress;
    const taken = takeStep(phase, {
      model: this.#model,
      optimizer: this.#optimizer,
      settings: this.#settings,
      step,
      stepsBefore: this.#doneSteps - step,
      losses: this.#log.next(),
    });
    this.#progress.step++;
    this.#progress.maskedTokens += taken.masked.tokens;
    this.#progress.maskableTokens += taken.masked.of;
    await this.#log.push({
      phase: phase.name,
      step: this.#doneSteps,
      totalSteps: this.#totalSteps,
      ...taken,
    }, this.#optimizer);
  }

  /** Evaluates where tags are learnt and keeps what is best; true if it is time to stop. */
  async #pause(phase: Phase): Promise<boolean> {
    await this.#log.flush(this.#optimizer);
    const progress = this.#progress;
    if (phase.name === "tagging") {
      const report = await this.#evaluate("dev", this.#input.dev);
      // In its first epochs every tagger finds nothing; later it is a collapse.
      const late = 2 * this.#doneSteps >= this.#totalSteps;
      if (report.collapse && late) this.#emit({ type: "warning", message: report.collapse });
      if (this.#isBest(report)) {
        progress.bestEpoch = this.#epoch;
        progress.devF1 = report.strict.micro.f1;
        progress.evaluationsSinceBest = 0;
        const { keepMaskedLm } = this.#input;
        await this.#folder.saveModel(this.#model, this.#tokenizer.files, { keepMaskedLm });
      } else progress.evaluationsSinceBest++;
      const { patience } = this.#settings;
      const left = phase.steps.length - progress.step;
      if (patience > 0 && progress.evaluationsSinceBest >= patience && left > 0) return true;
    }
    if (this.#folder.stateDue) await this.#saveState();
    return false;
  }

  async #evaluate(split: "dev" | "test", sentences: readonly Sentence[]): Promise<ScoreReport> {
    const words = sentences.map(({ words }) => words);
    const tagger = new ModelTagger(this.#model, this.#tokenizer.tokenizer);
    const tagged = await tagSentences(tagger, words).catch((error) => {
      // The last step can ruin the parameters with a loss that was still finite.
      throw error instanceof CheckpointError
        ? notFinite("logits that are not finite", this.#doneSteps)
        : error;
    });
    const report = scoreSentences(
      sentences.map(({ tags }) => tags),
      tagged.map(({ tags }) => tags),
      { trainingMentions: this.#trainingMentions, words },
    );
    const best = split === "dev" && this.#isBest(report);
    this.#emit({ type: "evaluation", split, epoch: this.#epoch, step: this.#doneSteps, report, best });
    return report;
  }

  #isBest({ strict }: ScoreReport): boolean {
    return this.#progress.bestEpoch === 0 || strict.micro.f1 > this.#progress.devF1;
  }

  async #saveState(): Promise<void> {
    await this.#folder.saveState({
      model: this.#model,
      optimizer: this.#optimizer,
      progress: this.#progress,
      identity: this.#identity,
    });
  }

  #finish(status: TrainingResult["status"], test: ScoreReport | undefined): TrainingResult {
    const { bestEpoch, devF1, maskedTokens, maskableTokens } = this.#progress;
    const maskedShare = maskableTokens > 0 ? maskedTokens / maskableTokens : 0;
    const result = { status, steps: this.#doneSteps, bestEpoch, devF1, test, maskedShare };
    this.#emit({ type: "done", result });
    return result;
  }

  free(): void {
    this.#log.free();
    this.#optimizer.free();
  }

  get #totalSteps(): number {
    return sum(this.#phases.map(({ steps }) => steps.length));
  }

  get #doneSteps(): number {
    const { phase, step } = this.#progress;
    return sum(this.#phases.slice(0, phase).map(({ steps }) => steps.length)) + step;
  }

  /** The epoch of the last step, from 1. */
  get #epoch(): number {
    const phase = Math.min(this.#progress.phase, this.#phases.length - 1);
    const { steps } = this.#phases[phase];
    const step = phase === this.#progress.phase ? this.#progress.step : steps.length;
    return step === 0 ? 0 : steps[step - 1].epoch + 1;
  }

  #emit(event: TrainingEvent): void {
    this.#input.onEvent?.(event);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
