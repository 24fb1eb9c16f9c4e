import { maxTokens, type ModelConfig, readConfig } from "../checkpoint/hugging_face.ts";
import type { Sentence } from "../data/sentence.ts";
import { tagIndexes, type TagSet, tagSet, tagSetOf } from "../data/tag_set.ts";
import { type ComputeDevice, opsOf } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { OptionError } from "../errors.ts";
import { mentionTexts } from "../evaluation/entities.ts";
import { type ScoreReport, scoreSentences } from "../evaluation/scores.ts";
import { ModelTagger } from "../inference/model_tagger.ts";
import { tagSentences } from "../inference/tagger.ts";
import { Model, type ModelOptions } from "../model/model.ts";
import { loadValues, openModel } from "../model/open.ts";
import { saveModel, withPrompt } from "../model/save.ts";
import { type OpenedTokenizer, openTokenizer } from "../model/tokenizer_files.ts";
import { initialise } from "../nn/initialise.ts";
import { AdamW } from "../optim/adamw.ts";
import { groupOf } from "../optim/groups.ts";
import { rateMultiplier } from "../optim/schedule.ts";
import { joinPath, type Store } from "../store/store.ts";
import type { TrainingEvent, TrainingResult } from "./events.ts";
import { fingerprint } from "./fingerprint.ts";
import { LossLog } from "./loss_log.ts";
import { adaptationPhase, type Phase, taggingPhase } from "./phase.ts";
import { checkSettings, type TrainingSettings } from "./settings.ts";
import { type Progress, readProgress, restore, type RunIdentity, saveState } from "./state.ts";
import { countRows, runMicroBatch } from "./step.ts";

/** A folder of a store. */
export interface Place {
  /** Where the files are. */
  readonly store: Store;
  /** "" for the store's own top. */
  readonly dir: string;
}

/** What a run trains, on what, and how. */
export interface TrainingInput {
  /** Where to compute. */
  readonly device: ComputeDevice;
  /** A Hugging Face checkpoint; with `scratch` its weights are not read, and all parameters begin at random. */
  readonly start: Place & { readonly scratch?: boolean };
  /** Where the best model goes, and the state to resume from. */
  readonly out: Place;
  /** What the tagger learns from. */
  readonly training: readonly Sentence[];
  /** The tags of the tagger, where `training` is a sample that may lack some; by default those of `training`. */
  readonly labels?: readonly string[];
  /** What the best model is chosen on. */
  readonly dev: readonly Sentence[];
  /** What the best model is scored on in the end. */
  readonly test?: readonly Sentence[];
  /** Raw sentences of the language, for adaptation before fine-tuning. */
  readonly unlabelled?: readonly string[];
  /** Whatever is not to be as in {@linkcode defaultSettings}. */
  readonly settings?: Partial<TrainingSettings>;
  /** Go on from the state in `out`. */
  readonly resume?: boolean;
  /** Resume on another device too, where rounding differs. */
  readonly allowInexact?: boolean;
  /** Ends the run cleanly at the next step, with a state to resume from. */
  readonly signal?: AbortSignal;
  /** Called with everything that happens, as it happens. */
  readonly onEvent?: (event: TrainingEvent) => void;
}

/** Name of the state file in `out`. */
export const STATE_FILE = "training_state.safetensors";
/** Milliseconds between two states at ends of epochs; when a state is written changes nothing in the results. */
const STATE_INTERVAL = 120_000;

/**
 * Fine-tunes a checkpoint for named entity recognition and keeps the model that is best on dev.
 *
 * The run is a function of input and settings: the same ones give the same bytes on the same device, also when it was
 * interrupted and resumed in between.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written; for a loss that is not finite
 */
export async function train(input: TrainingInput): Promise<TrainingResult> {
  const run = await Run.prepare(input);
  try {
    return await run.complete();
  } finally {
    run.free();
  }
}

class Run {
  readonly #input: TrainingInput;
  readonly #settings: TrainingSettings;
  readonly #model: Model;
  readonly #tokenizer: OpenedTokenizer;
  readonly #phases: readonly Phase[];
  readonly #identity: RunIdentity;
  readonly #log: LossLog;
  #optimizer: AdamW;
  #progress: Progress = {
    phase: 0,
    step: 0,
    bestEpoch: 0,
    devF1: 0,
    epochsSinceBest: 0,
    maskedTokens: 0,
    maskableTokens: 0,
  };
  #stateSaved = Date.now();

  private constructor(input: TrainingInput, prepared: {
    settings: TrainingSettings;
    model: Model;
    tokenizer: OpenedTokenizer;
    phases: readonly Phase[];
    identity: RunIdentity;
  }) {
    this.#input = input;
    this.#settings = prepared.settings;
    this.#model = prepared.model;
    this.#tokenizer = prepared.tokenizer;
    this.#phases = prepared.phases;
    this.#identity = prepared.identity;
    this.#optimizer = this.#newOptimizer();
    this.#log = new LossLog(prepared.model.device, (event) => this.#emit(event));
  }

  /** Checks all input, opens the model and, where the run is resumed, brings everything to where it stood. */
  static async prepare(input: TrainingInput): Promise<Run> {
    const { device, start, out, training, dev, test = [], unlabelled = [] } = input;
    const settings = checkSettings(input.settings ?? {});
    if (dev.length === 0) {
      throw new OptionError("Expected dev sentences, on which the best model is chosen, but found none");
    }
    const config = withPrompt(await readConfig(start.store, start.dir), settings.masking === "prompt");
    const tags = input.labels ? tagSetOf(input.labels) : tagSet(training);
    for (const sentence of dev) tagIndexes(tags, sentence, { file: "dev" });
    for (const sentence of test) tagIndexes(tags, sentence, { file: "test" });
    const tokenizer = await openTokenizer(start.store, { dir: start.dir, config });
    const phaseInput = { tokenizer: tokenizer.tokenizer, maxTokens: maxTokens(config), settings };
    const phases = [
      ...(unlabelled.length > 0 ? [adaptationPhase(unlabelled, phaseInput)] : []),
      taggingPhase(training, { ...phaseInput, tagSet: tags }),
    ];
    const identity = {
      settings,
      data: fingerprint([training, dev, test, unlabelled, tags.labels]),
      device: device.description,
    };
    const resumed = input.resume
      ? await readProgress(out.store, joinPath(out.dir, STATE_FILE), { identity, ...exactness(input) })
      : undefined;
    const { model, fresh } = await Run.#openModel(input, { config, settings, tags });
    const run = new Run(input, { settings, model, tokenizer, phases, identity });
    if (resumed) {
      await restore(resumed.tensors, model, run.#optimizer);
      run.#progress = resumed.progress;
    }
    run.#emit({
      type: "start",
      settings,
      device: device.description,
      labels: tags.labels,
      parameters: model.parameters.count(),
      fresh,
      sentences: { training: training.length, dev: dev.length, test: test.length },
      totalSteps: run.#totalSteps,
      doneSteps: run.#doneSteps,
    });
    return run;
  }

  static async #openModel(
    { device: computeDevice, start, unlabelled = [] }: TrainingInput,
    { config, settings, tags }: { config: ModelConfig; settings: TrainingSettings; tags: TagSet },
  ): Promise<{ model: Model; fresh: readonly string[] }> {
    const device = opsOf(computeDevice);
    const { learningRate, headLearningRate, layerDecay, freezeEmbeddings, freezeLayers, seed } = settings;
    if (freezeLayers > config.numHiddenLayers) {
      throw new OptionError(
        `Expected freezeLayers to be at most ${config.numHiddenLayers}, all layers, but found ${freezeLayers}`,
      );
    }
    const options: ModelOptions = {
      head: settings.objective === "joint" || unlabelled.length > 0 ? "joint" : "tokenClassification",
      labels: tags.labels,
      boundary: settings.boundaryObjective && unlabelled.length > 0,
      group: (name) =>
        groupOf(name, {
          numHiddenLayers: config.numHiddenLayers,
          headMultiplier: learningRate > 0 ? headLearningRate / learningRate : 1,
          layerDecay,
          freezeEmbeddings,
          freezeLayers,
        }),
    };
    if (!start.scratch) {
      return await openModel(device, start.store, { dir: start.dir, config, seed, ...options });
    }
    const model = new Model(device, config, options);
    const fresh = [...model.parameters].map(({ name }) => name);
    initialise(model.parameters, fresh, { seed, range: config.initializerRange });
    return { model, fresh };
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
    const state = joinPath(out.dir, STATE_FILE);
    if (await out.store.exists(state)) await out.store.remove(state);
    return this.#finish(status, report);
  }

  async #runPhases(): Promise<TrainingResult["status"]> {
    for (; this.#progress.phase < this.#phases.length; this.#progress.phase++, this.#progress.step = 0) {
      const phase = this.#phases[this.#progress.phase];
      if (this.#progress.step === 0 && this.#progress.phase > 0) {
        this.#optimizer.free();
        this.#optimizer = this.#newOptimizer();
      }
      while (this.#progress.step < phase.steps.length) {
        await yieldToHost();
        if (this.#input.signal?.aborted) {
          await this.#log.flush(this.#optimizer);
          return "interrupted";
        }
        await this.#step(phase);
        if (phase.steps[this.#progress.step - 1].lastOfEpoch && await this.#endEpoch(phase)) return "stopped";
      }
    }
    return "finished";
  }

  /** One step of the optimiser. */
  async #step(phase: Phase): Promise<void> {
    const { seed, lambda, schedule, warmup, dropout, recompute } = this.#settings;
    const { step } = this.#progress;
    const { epoch, microBatches } = phase.steps[step];
    const contributions = microBatches.map((windows) =>
      windows.map((window) => phase.contribution(window, epoch))
    );
    const sequences = contributions.map((micro) => micro.flatMap(({ sequences }) => sequences));
    const rows = countRows(sequences);
    const losses = this.#log.next();
    sequences.forEach((sequences, microBatch) =>
      runMicroBatch(this.#model, sequences, {
        address: { seed, step: this.#doneSteps, microBatch },
        rows,
        lambda: phase.name === "adaptation" ? 1 : lambda,
        dropout,
        recompute,
        losses,
      })
    );
    const totalSteps = phase.steps.length;
    const warmupSteps = Math.round(warmup * totalSteps);
    const learningRate = phase.learningRate * rateMultiplier(schedule, step, { warmupSteps, totalSteps });
    this.#optimizer.step(step + 1, learningRate);

    const all = sequences.flat();
    const masked = {
      tokens: sum(all.flatMap(({ spans }) => spans.map(({ start, end }) => end - start))),
      of: sum(contributions.flat().map(({ maskable }) => maskable)),
    };
    this.#progress.step++;
    this.#progress.maskedTokens += masked.tokens;
    this.#progress.maskableTokens += masked.of;
    await this.#log.push({
      type: "step",
      phase: phase.name,
      step: this.#doneSteps,
      totalSteps: this.#totalSteps,
      epoch: epoch + 1,
      learningRate,
      tokens: sum(all.map(({ ids }) => ids.length)),
      masked,
    }, this.#optimizer);
  }

  /** Evaluates after an epoch of tagging and keeps what is best; true if it is time to stop. */
  async #endEpoch(phase: Phase): Promise<boolean> {
    await this.#log.flush(this.#optimizer);
    const progress = this.#progress;
    if (phase.name === "tagging") {
      const report = await this.#evaluate("dev", this.#input.dev);
      if (report.collapse) {
        this.#emit({ type: "warning", message: report.collapse });
      }
      if (progress.bestEpoch === 0 || report.strict.micro.f1 > progress.devF1) {
        progress.bestEpoch = this.#epoch;
        progress.devF1 = report.strict.micro.f1;
        progress.epochsSinceBest = 0;
        await this.#saveBest();
      } else progress.epochsSinceBest++;
      const { patience } = this.#settings;
      const left = phase.steps.length - progress.step;
      if (patience > 0 && progress.epochsSinceBest >= patience && left > 0) return true;
    }
    if (Date.now() - this.#stateSaved > STATE_INTERVAL) await this.#saveState();
    return false;
  }

  async #evaluate(split: "dev" | "test", sentences: readonly Sentence[]): Promise<ScoreReport> {
    const words = sentences.map(({ words }) => words);
    const tagged = await tagSentences(new ModelTagger(this.#model, this.#tokenizer.tokenizer), words);
    const report = scoreSentences(
      sentences.map(({ tags }) => tags),
      tagged.map(({ tags }) => tags),
      { trainingMentions: mentionTexts(this.#input.training), words },
    );
    const best = split === "dev" &&
      (this.#progress.bestEpoch === 0 || report.strict.micro.f1 > this.#progress.devF1);
    this.#emit({ type: "evaluation", split, epoch: this.#epoch, step: this.#doneSteps, report, best });
    return report;
  }

  async #saveBest(): Promise<void> {
    const { out: { store, dir } } = this.#input;
    await saveModel(this.#model, store, { dir, tokenizer: this.#tokenizer.files });
    const path = store.locate(joinPath(dir, "model.safetensors"));
    this.#emit({ type: "checkpoint", kind: "model", step: this.#doneSteps, path });
  }

  async #saveState(): Promise<void> {
    const { out: { store, dir } } = this.#input;
    const path = joinPath(dir, STATE_FILE);
    await saveState(store, path, {
      model: this.#model,
      optimizer: this.#optimizer,
      progress: this.#progress,
      identity: this.#identity,
    });
    this.#stateSaved = Date.now();
    this.#emit({ type: "checkpoint", kind: "state", step: this.#doneSteps, path: store.locate(path) });
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
    this.#model.free();
  }

  #newOptimizer(): AdamW {
    const { weightDecay, maxGradientNorm } = this.#settings;
    return new AdamW(this.#model.device, this.#model.parameters, { weightDecay, maxGradientNorm });
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

function exactness({ allowInexact = false }: TrainingInput): { allowInexact: boolean } {
  return { allowInexact };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
