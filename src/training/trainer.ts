import { hasMention, type Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { CheckpointError } from "../errors.ts";
import type { Calibration } from "../evaluation/calibration.ts";
import { mentionTexts } from "../evaluation/entities.ts";
import type { ScoreReport } from "../evaluation/scores.ts";
import { evaluateTagger, type Evaluation } from "../inference/evaluate.ts";
import { fitWeight } from "../inference/joined_words.ts";
import { ModelTagger } from "../inference/model_tagger.ts";
import type { Model } from "../model/model.ts";
import { loadValues } from "../model/open.ts";
import type { JoinedWords } from "../model/words_file.ts";
import type { OpenedTokenizer } from "../model/tokenizer_files.ts";
import { carryOut, type Run } from "../run/carry_out.ts";
import { isBetter, lacksEntities } from "./choice.ts";
import type { EvaluationEvent, LearntWords, StepEvent, TrainingEvent, TrainingResult } from "./events.ts";
import type { TrainingInput } from "./input.ts";
import { Learner } from "../run/learner.ts";
import { notFinite, type StepLosses } from "../run/loss_log.ts";
import type { Phase } from "./phase.ts";
import { type PreparedRun, prepareTraining } from "./prepare.ts";
import { RunFolder } from "../run/run_folder.ts";
import type { TrainingSettings } from "./settings.ts";
import { countUnknown, manyUnknown } from "../text/unknown_words.ts";
import type { TrainingProgress } from "./progress.ts";
import { restore, type RunIdentity } from "../run/state.ts";
import { takeStep } from "./take_step.ts";
import { scoreWords } from "./train_words.ts";
import { WeightMean } from "../run/weight_mean.ts";

/**
 * Fine-tunes a checkpoint for named entity recognition and keeps the model that is best on dev.
 *
 * The run is a function of input and settings: the same ones give the same bytes on the same device, also
 * when it was interrupted and resumed in between.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written; for a loss that is not finite
 */
export async function train(input: TrainingInput): Promise<TrainingResult> {
  return await carryOut(input, {
    prepare: () => prepareTraining(input),
    run: (prepared) => new TrainingRun(prepared),
    unbegun: UNBEGUN,
  });
}

/** What a run came to that ended while it got ready. */
export const UNBEGUN: TrainingResult = {
  status: "interrupted",
  steps: 0,
  bestEpoch: 0,
  devF1: 0,
  dev: undefined,
  test: undefined,
  calibration: undefined,
  averaged: 0,
  maskedShare: 0,
};

/** A run that fine-tunes a tagger, on tags or on what a teacher says. */
export class TrainingRun implements Run<TrainingResult> {
  readonly #prepared: PreparedRun;
  readonly #input: TrainingInput;
  readonly #settings: TrainingSettings;
  readonly #model: Model;
  readonly #tokenizer: OpenedTokenizer;
  readonly #phases: readonly Phase[];
  readonly #identity: RunIdentity;
  readonly #learner: Learner<Omit<StepEvent, "type" | keyof StepLosses>>;
  /** Where weights are averaged. */
  readonly #mean: WeightMean | undefined;
  readonly #folder: RunFolder;
  /** Texts of the mentions in training, to tell seen names from unseen ones. */
  readonly #trainingMentions: ReadonlySet<string>;
  /** Words that are joined with the best model, and what both do on dev. */
  #words: JoinedWords | undefined;
  #joined: Evaluation | undefined;
  /** How the scores of the best model are calibrated on test, where there is one. */
  #calibration: Calibration | undefined;
  #progress: TrainingProgress = {
    phase: 0,
    step: 0,
    evaluationDue: false,
    bestEpoch: 0,
    best: undefined,
    evaluationsSinceBest: 0,
    summed: 0,
    averaged: false,
    bestIsMean: false,
    maskedTokens: 0,
    maskableTokens: 0,
  };

  constructor(prepared: PreparedRun) {
    const { input, settings, model, tokenizer, phases, identity, augmented, resumed } = prepared;
    this.#prepared = prepared;
    this.#input = input;
    this.#settings = settings;
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#phases = phases;
    this.#identity = identity;
    this.#learner = new Learner(
      model,
      { ...settings, taught: prepared.teaching !== undefined },
      (step, losses) => this.#emit({ type: "step", ...step, ...losses }),
    );
    this.#mean = this.#meanOrFree();
    this.#progress = { ...this.#progress, ...resumed?.progress, augmented };
    this.#trainingMentions = mentionTexts(input.training);
    this.#folder = new RunFolder(input.out, {
      resumed: input.resume === true,
      states: input.resumable,
      stateInterval: input.stateInterval,
      onSave: (saved) => this.#emit({ type: "checkpoint", step: this.#doneSteps, ...saved }),
    });
  }

  async begin(): Promise<void> {
    const { input, memory, fresh, resumed, teaching } = this.#prepared;
    const { training, dev, test = [], signal } = input;
    if (resumed) {
      await restore(resumed.tensors, {
        model: this.#model,
        optimizer: this.#learner.optimizer,
        mean: this.#mean,
        signal,
      });
    }
    const unknownWords = countUnknown(this.#tokenizer.tokenizer, training);
    this.#emit({
      type: "start",
      settings: { ...this.#settings, ...teaching?.settings },
      device: input.device.description,
      variants: input.device.variants,
      labels: this.#model.labels,
      parameters: this.#model.parameters.count(),
      memory,
      fresh,
      sentences: { training: training.length, dev: dev.length, test: test.length },
      unknownWords,
      totalSteps: this.#totalSteps,
      doneSteps: this.#doneSteps,
    });
    const unknown = manyUnknown(unknownWords);
    if (unknown !== undefined) this.#emit({ type: "warning", message: unknown });
    if (!dev.some(hasMention)) {
      this.#emit({ type: "warning", message: lacksEntities("The dev sentences have") });
    }
  }

  /** Runs what is left and scores the best model. */
  async complete(): Promise<TrainingResult> {
    const status = await this.#runPhases();
    await this.#chooseMean();
    const { test = [] } = this.#input;
    const words = await this.#learnWords();
    let report: ScoreReport | undefined;
    if (test.length > 0) {
      await this.#loadBest();
      ({ report, calibration: this.#calibration } = await this.#evaluate("test", test));
    }
    await this.#folder.removeState();
    return this.#finish(status, { test: report, words });
  }

  /**
   * Gives the model the values of the best one. A state that is saved from here on has these values; whoever
   * resumes it has nothing left but to load them.
   */
  async #loadBest(): Promise<void> {
    const { out, signal } = this.#input;
    await loadValues(this.#model, out.store, { dir: out.dir, signal });
  }

  /** Trains words on the same sentences and joins them with the best model, where the run is to. */
  async #learnWords(): Promise<LearntWords | undefined> {
    const { training, dev, test = [], baseline = false, keepMaskedLm, signal } = this.#input;
    const { features } = this.#settings;
    if (features === "none" && !baseline) return undefined;
    const { labels } = this.#model;
    const { crf, ...alone } = await scoreWords({ training, labels, dev, test, signal });
    if (features === "none") return { alone };
    await this.#loadBest();
    const encoder = new ModelTagger(this.#model, this.#tokenizer.tokenizer);
    const weight = await fitWeight(encoder, crf, { dev, signal });
    if (weight > 0) {
      this.#words = { crf, weight };
      this.#joined = await this.#evaluate("dev", dev);
      await this.#folder.saveModel(this.#model, this.#tokenizer.files, {
        keepMaskedLm,
        words: this.#words,
        temperature: this.#joined.calibration.temperature,
        card: this.#card(this.#joined),
      });
    }
    return { alone, weight, encoderDevF1: this.#progress.best?.report.strict.micro.f1 };
  }

  async interrupt(): Promise<TrainingResult> {
    // Copies are all that there can be to lose before the first step.
    if (this.#doneSteps > 0 || this.#progress.augmented) await this.#saveState();
    else await this.#folder.saveUnbegun();
    return this.#finish("interrupted");
  }

  async #runPhases(): Promise<"finished" | "stopped"> {
    const progress = this.#progress;
    for (; progress.phase < this.#phases.length; progress.phase++, progress.step = 0) {
      const phase = this.#phases[progress.phase];
      if (progress.step === 0 && progress.phase > 0) this.#learner.optimizer.reset();
      while (true) {
        if (progress.evaluationDue) await this.#chooseOnDev();
        if (progress.step === phase.steps.length) break;
        if (this.#isOutOfPatience) return "stopped";
        if (this.#folder.stateDue) await this.#saveState();
        await yieldToHost(this.#input.signal);
        await this.#step(phase);
      }
    }
    return "finished";
  }

  /** One step of the optimiser. */
  async #step(phase: Phase): Promise<void> {
    const progress = this.#progress;
    const { step } = progress;
    await this.#learner.step(async (tools) => {
      const stepsBefore = this.#doneSteps - step;
      const taken = await takeStep(phase, {
        ...tools,
        settings: this.#settings,
        teaching: this.#prepared.teaching,
        step,
        stepsBefore,
      });
      progress.step++;
      progress.evaluationDue = phase.name === "tagging" && phase.steps[step].evaluated;
      progress.maskedTokens += taken.masked.tokens;
      progress.maskableTokens += taken.masked.of;
      return { phase: phase.name, step: this.#doneSteps, totalSteps: this.#totalSteps, ...taken };
    }, this.#input.signal);
  }

  /** Looks at dev and keeps what is best there. */
  async #chooseOnDev(): Promise<void> {
    await this.#learner.flush();
    const progress = this.#progress;
    const evaluation = await this.#evaluate("dev", this.#input.dev);
    const { report } = evaluation;
    progress.evaluationDue = false;
    this.#sumWeights();
    // In its first epochs every tagger finds nothing; later it is a collapse.
    const late = 2 * this.#doneSteps >= this.#totalSteps;
    if (report.collapse && late) this.#emit({ type: "warning", message: report.collapse });
    if (!this.#isBest(evaluation)) {
      progress.evaluationsSinceBest++;
      return;
    }
    await this.#keep(evaluation);
    progress.evaluationsSinceBest = 0;
  }

  /** Saves the model, which is the best one on dev. */
  async #keep(evaluation: Evaluation): Promise<void> {
    const { keepMaskedLm } = this.#input;
    const { temperature } = evaluation.calibration;
    const card = this.#card(evaluation);
    await this.#folder.saveModel(this.#model, this.#tokenizer.files, { keepMaskedLm, temperature, card });
    this.#progress.bestEpoch = this.#epoch;
    this.#progress.best = evaluation;
  }

  /** The text of the model's card, where one is wanted. */
  #card({ report }: Evaluation): string | undefined {
    const { card, training, dev } = this.#input;
    return card?.({
      labels: this.#model.labels,
      settings: this.#settings,
      report,
      training: training.length,
      dev: dev.length,
      words: this.#words !== undefined,
    });
  }

  /** Adds the weights to the mean, where this evaluation is one of the last. */
  #sumWeights(): void {
    const { phase, step } = this.#progress;
    const left = this.#phases[phase].steps.slice(step).filter(({ evaluated }) => evaluated).length;
    if (!this.#mean || left >= this.#settings.average) return;
    this.#mean.add();
    this.#progress.summed++;
  }

  /** Looks at dev with the mean of the last weights, where there is one, and keeps it if it is the best. */
  async #chooseMean(): Promise<void> {
    const { averaged, summed } = this.#progress;
    // The mean of one is what was evaluated.
    if (!this.#mean || averaged || summed < 2) return;
    // Whoever is interrupted before the end comes here again, with the same sums.
    this.#mean.take(summed);
    const evaluation = await this.#evaluate("dev", this.#input.dev, { averaged: summed });
    // Patience is left as it is: a resumed run has to end where this one does.
    if (this.#isBest(evaluation)) {
      await this.#keep(evaluation);
      this.#progress.bestIsMean = true;
    }
    this.#progress.averaged = true;
  }

  get #isOutOfPatience(): boolean {
    const { patience } = this.#settings;
    return patience > 0 && this.#progress.evaluationsSinceBest >= patience;
  }

  async #evaluate(
    split: "dev" | "test",
    sentences: readonly Sentence[],
    of: Pick<EvaluationEvent, "averaged"> = {},
  ): Promise<Evaluation> {
    const words = this.#words;
    const tagger = new ModelTagger(this.#model, this.#tokenizer.tokenizer, { words });
    const evaluation = await evaluateTagger(tagger, sentences, {
      trainingMentions: this.#trainingMentions,
      // Test says what the temperature of dev is worth.
      temperature: split === "test"
        ? (this.#joined ?? this.#progress.best)?.calibration.temperature
        : undefined,
      signal: this.#input.signal,
    }).catch((error) => {
      // The last step can ruin the parameters with a loss that was still finite.
      throw error instanceof CheckpointError
        ? notFinite("logits that are not finite", this.#doneSteps)
        : error;
    });
    const best = split === "dev" && (words !== undefined || this.#isBest(evaluation));
    const [epoch, step] = [this.#epoch, this.#doneSteps];
    this.#emit({
      type: "evaluation",
      split,
      epoch,
      step,
      ...of,
      ...evaluation,
      best,
      ...words && { words: words.weight },
    });
    return evaluation;
  }

  #isBest(evaluation: Evaluation): boolean {
    const { best } = this.#progress;
    return !best || isBetter(evaluation, best);
  }

  async #saveState(): Promise<void> {
    await this.#learner.flush();
    await this.#folder.saveState({
      model: this.#model,
      optimizer: this.#learner.optimizer,
      mean: this.#mean,
      progress: this.#progress,
      identity: this.#identity,
    });
  }

  #finish(
    status: TrainingResult["status"],
    { test, words }: { readonly test?: ScoreReport; readonly words?: LearntWords } = {},
  ): TrainingResult {
    const { bestEpoch, best, bestIsMean, summed, maskedTokens, maskableTokens } = this.#progress;
    const maskedShare = maskableTokens > 0 ? maskedTokens / maskableTokens : 0;
    const dev = (this.#joined ?? best)?.report;
    const devF1 = dev?.strict.micro.f1 ?? 0;
    const averaged = bestIsMean ? summed : 0;
    const calibration = this.#calibration ?? (this.#joined ?? best)?.calibration;
    const scores = { bestEpoch, averaged, devF1, dev, test, calibration, ...words && { words } };
    const result = { status, steps: this.#doneSteps, ...scores, maskedShare };
    this.#emit({ type: "done", result });
    return result;
  }

  free(): void {
    this.#learner.free();
    this.#mean?.free();
  }

  /** The learner gives its memory back where there is none for the mean. */
  #meanOrFree(): WeightMean | undefined {
    if (this.#settings.average === 0) return undefined;
    try {
      return new WeightMean(this.#model);
    } catch (error) {
      this.#learner.free();
      throw error;
    }
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
