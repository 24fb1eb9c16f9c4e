import { yieldToHost } from "../device/yield_to_host.ts";
import { rateMultiplier } from "../optim/schedule.ts";
import { Random } from "../random/random.ts";
import { carryOut, type Run } from "../run/carry_out.ts";
import { maskedContribution, taughtContribution } from "../run/contribution.ts";
import { Learner } from "../run/learner.ts";
import { notFinite } from "../run/loss_log.ts";
import { RunFolder } from "../run/run_folder.ts";
import { restore } from "../run/state.ts";
import { accumulateGradients } from "../run/step.ts";
import type { PretrainingEvent, PretrainingResult, PretrainingStepEvent } from "./events.ts";
import { scoreHeldOut } from "./held_out.ts";
import type { PretrainingInput } from "./input.ts";
import { cutByMasked } from "./masked_rows.ts";
import { type PreparedPretraining, preparePretraining, type PretrainingProgress } from "./prepare.ts";
import { START } from "./text_stream.ts";
import { manyUnknown } from "../text/unknown_words.ts";

/**
 * Pretrains a model by masked language modelling on raw text, from random weights or from a checkpoint, and
 * keeps the one that predicts held-out text best (Devlin et al. 2019, arXiv:1810.04805; with spans and the
 * boundary objective Joshi et al. 2020, arXiv:1907.10529).
 *
 * The run is a function of input and settings: the same ones give the same bytes on the same device, also
 * when it was interrupted and resumed in between.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written; for a loss that is not finite
 */
export async function pretrain(input: PretrainingInput): Promise<PretrainingResult> {
  return await carryOut(input, {
    prepare: () => preparePretraining(input),
    run: (prepared) => new PretrainingRun(prepared),
    unbegun: UNBEGUN,
  });
}

/** What a run came to that ended while it got ready. */
export const UNBEGUN: PretrainingResult = {
  status: "interrupted",
  steps: 0,
  heldOut: undefined,
  maskedShare: 0,
};

/** A run over raw text, which learns to fill gaps, or what a teacher says. */
export class PretrainingRun implements Run<PretrainingResult> {
  readonly #prepared: PreparedPretraining;
  readonly #learner: Learner<
    Omit<PretrainingStepEvent, "type" | "loss" | "distillationLoss" | "scaling">
  >;
  readonly #folder: RunFolder;
  readonly #progress: PretrainingProgress;

  constructor(prepared: PreparedPretraining) {
    const { input, model, settings, resumed } = prepared;
    this.#prepared = prepared;
    this.#progress = resumed?.progress ??
      { step: 0, position: START, evaluatedStep: -1, maskedTokens: 0, maskableTokens: 0 };
    this.#learner = new Learner(
      model,
      { ...settings, taught: prepared.teaching !== undefined },
      (step, { loss, distillationLoss, scaling }) => {
        const taught = distillationLoss === undefined ? {} : { distillationLoss };
        this.#emit({ type: "step", ...step, loss, ...taught, scaling });
      },
    );
    this.#folder = new RunFolder(input.out, {
      resumed: input.resume === true,
      states: input.resumable,
      stateInterval: input.stateInterval,
      onSave: (saved) => this.#emit({ type: "checkpoint", step: this.#progress.step, ...saved }),
    });
  }

  async begin(): Promise<void> {
    const { input, settings, model, memory, fresh, corpus, heldOut, resumed, teaching, unknownWords } =
      this.#prepared;
    const { signal } = input;
    if (resumed) await restore(resumed.tensors, { model, optimizer: this.#learner.optimizer, signal });
    this.#emit({
      type: "start",
      settings: { ...settings, ...teaching?.settings },
      device: input.device.description,
      variants: input.device.variants,
      parameters: model.parameters.count().total,
      memory,
      fresh,
      text: { files: corpus.files.length, bytes: corpus.bytes, hash: corpus.hash },
      unknownWords,
      heldOut: heldOut?.summary,
      doneSteps: this.#progress.step,
    });
    const unknown = manyUnknown(unknownWords);
    if (unknown !== undefined) this.#emit({ type: "warning", message: unknown });
    if (!input.start.scratch && fresh.length > 0) {
      this.#emit({
        type: "warning",
        message: "The checkpoint has no masked-LM head: it begins with the word embeddings as its decoder, " +
          "and with random weights before it.",
      });
    }
  }

  /** Runs what is left. */
  async complete(): Promise<PretrainingResult> {
    await this.#run();
    if (!this.#prepared.heldOut) await this.#saveModel();
    await this.#folder.removeState();
    return this.#finish("finished");
  }

  async interrupt(): Promise<PretrainingResult> {
    if (this.#progress.step > 0) await this.#saveState();
    else await this.#folder.saveUnbegun();
    return this.#finish("interrupted");
  }

  async #run(): Promise<void> {
    const { stream, settings: { maxSteps, evaluateEvery }, input: { signal } } = this.#prepared;
    while (true) {
      const { step } = this.#progress;
      const last = maxSteps > 0 ? step >= maxSteps : !await stream.hasNext();
      const due = last || step === 0 || evaluateEvery > 0 && step % evaluateEvery === 0;
      if (due) await this.#evaluate();
      if (last) return;
      if (this.#folder.stateDue) await this.#saveState();
      await yieldToHost(signal);
      await stream.hasNext();
      await this.#step();
    }
  }

  /** One step of the optimiser. */
  async #step(): Promise<void> {
    const { stream, masking, mostMasked, settings, teaching, input: { signal } } = this.#prepared;
    const contributionOf = teaching ? taughtContribution : maskedContribution;
    const { seed, dropout, recompute } = settings;
    const progress = this.#progress;
    const learningRate = settings.learningRate * this.#rateMultiplier();
    const { epoch, microBatches } = stream.take();
    const contributions = microBatches.flatMap((batch) =>
      cutByMasked(
        batch.map(({ encoded, address }) =>
          contributionOf({ encoded }, { ...masking, random: new Random(seed, "pretraining", ...address) })
        ),
        mostMasked,
      )
    );
    await this.#learner.step(async ({ model, optimizer, losses, pause }) => {
      const counts = await accumulateGradients(model, contributions, {
        seed,
        step: progress.step,
        lambda: 1,
        teaching,
        dropout,
        recompute,
        losses,
        scaling: optimizer.scaling,
        pause,
      });
      optimizer.step(progress.step + 1, learningRate);
      progress.step++;
      progress.position = stream.position;
      progress.maskedTokens += counts.masked.tokens;
      progress.maskableTokens += counts.masked.of;
      const { step } = progress;
      return { step, totalSteps: this.#totalSteps(), epoch: epoch + 1, learningRate, ...counts };
    }, signal);
  }

  /**
   * The share of the learning rate at the next step: by steps where their number is known, else by bytes of
   * text.
   */
  #rateMultiplier(): number {
    const { stream, corpus, settings: { schedule, warmup, epochs, maxSteps } } = this.#prepared;
    const [done, total] = maxSteps > 0
      ? [this.#progress.step, maxSteps]
      : [stream.bytesDone, epochs * corpus.bytes];
    return rateMultiplier(schedule, done, { warmupSteps: Math.round(warmup * total), totalSteps: total });
  }

  #totalSteps(): number {
    const { stream, corpus, settings: { epochs, maxSteps } } = this.#prepared;
    if (maxSteps > 0) return maxSteps;
    const { step } = this.#progress;
    return Math.max(step, Math.round(step * epochs * corpus.bytes / stream.bytesDone));
  }

  /** Looks at the held-out text, unless that was done at this step, and saves the best model. */
  async #evaluate(): Promise<void> {
    const { model, heldOut, teaching, input: { signal } } = this.#prepared;
    const progress = this.#progress;
    const { step } = progress;
    if (!heldOut || progress.evaluatedStep === step) return;
    await this.#learner.flush();
    const scores = await scoreHeldOut(model, heldOut, { teaching, signal });
    if (!Number.isFinite(scores.loss)) throw notFinite(`held-out loss ${scores.loss}`, step);
    progress.evaluatedStep = step;
    const best = step > 0 && scores.loss < (progress.best?.loss ?? Infinity);
    this.#emit({ type: "evaluation", step, ...scores, best });
    if (step === 0) progress.before = scores;
    if (best) {
      await this.#saveModel();
      progress.best = { ...scores, step };
    }
  }

  async #saveModel(): Promise<void> {
    const { model, tokenizer, settings: { dtype } } = this.#prepared;
    await this.#learner.flush();
    await this.#folder.saveModel(model, tokenizer.files, { dtype });
  }

  async #saveState(): Promise<void> {
    const { model, identity } = this.#prepared;
    await this.#learner.flush();
    await this.#folder.saveState({
      model,
      optimizer: this.#learner.optimizer,
      progress: this.#progress,
      identity,
    });
  }

  #finish(status: PretrainingResult["status"]): PretrainingResult {
    const { heldOut } = this.#prepared;
    const { step: steps, before, best, maskedTokens, maskableTokens } = this.#progress;
    const result = {
      status,
      steps,
      heldOut: heldOut && { ...heldOut.summary, before, best },
      maskedShare: maskableTokens > 0 ? maskedTokens / maskableTokens : 0,
    };
    this.#emit({ type: "done", result });
    return result;
  }

  free(): void {
    this.#learner.free();
  }

  #emit(event: PretrainingEvent): void {
    this.#prepared.input.onEvent?.(event);
  }
}
