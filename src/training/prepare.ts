import { maxTokens } from "../model/config.ts";
import type { ModelConfig } from "../nn/config.ts";
import type { TensorSource } from "../checkpoint/safetensors.ts";
import type { Sentence } from "../data/sentence.ts";
import { tagIndexes, type TagSet, tagSet, tagSetOf } from "../data/tag_set.ts";
import { deviceOf } from "../device/device.ts";
import { OptionError } from "../errors.ts";
import { taggingKind, withReading } from "../model/reading.ts";
import { Message, message, setting } from "../message.ts";
import { requirePrecision } from "../device/memory_limit.ts";
import { type OpenedTokenizer, openTokenizer } from "../model/tokenizer_files.ts";
import { taggingHead } from "../nn/heads/registry.ts";
import { groupOf } from "../optim/groups.ts";
import { joinPath } from "../store/store.ts";
import { augment } from "./augmentation.ts";
import type { BatchSize } from "../run/batch_size.ts";
import { largestBatch } from "./largest_batch.ts";
import { fingerprint } from "../run/fingerprint.ts";
import { checkFreezing } from "../run/run_rules.ts";
import type { TrainingInput } from "./input.ts";
import { openTrained, startConfig, startFingerprint, type TrainedModel } from "../run/open_trained.ts";
import { adaptationPhase, type Phase, taggingPhase } from "./phase.ts";
import { checkSettings, type TrainingSettings } from "./settings.ts";
import { largestTaggingBatch, rehearseTagging } from "./tagging_batch.ts";
import type { TrainingProgress } from "./progress.ts";
import type { Teaching } from "../run/teaching.ts";
import { readProgress, type RunIdentity, STATE_FILE } from "../run/state.ts";

/** A run that is ready to begin, or to go on. */
export interface PreparedRun extends TrainedModel {
  readonly input: TrainingInput;
  readonly settings: TrainingSettings;
  readonly tokenizer: OpenedTokenizer;
  readonly phases: readonly Phase[];
  readonly identity: RunIdentity;
  /** Copies of the sentences that the run has made, now or before it was interrupted. */
  readonly augmented: readonly Sentence[] | undefined;
  readonly teaching?: Teaching;
  /** Where an interrupted run stood. */
  readonly resumed: { readonly progress: TrainingProgress; readonly tensors: TensorSource } | undefined;
}

/** What a tagger learns from another one. */
export interface Lessons {
  readonly teaching: Teaching;
  /** Words of sentences of which only the teacher says something. */
  readonly untagged: readonly (readonly string[])[];
}

/**
 * Checks all input, makes the copies of an augmentation, plans every step and opens the model; writes
 * nothing.
 *
 * @param lessons what is learnt from a teacher, who stays the caller's where this throws
 * @throws {LacunaError} for input that cannot work
 * @throws the signal's reason, if it is aborted
 */
export async function prepareTraining(
  input: TrainingInput,
  { teaching, untagged = [] }: Partial<Lessons> = {},
): Promise<PreparedRun> {
  const { device, start, out, training, dev, test = [], unlabelled = [], allowInexact = false, signal } =
    input;
  const settings = checkSettings(input.settings ?? {});
  requirePrecision(deviceOf(device), settings.precision);
  if (dev.length === 0) {
    throw new OptionError("Expected dev sentences, on which the best model is chosen, but found none");
  }
  const checkpoint = await startConfig(start);
  const config = withReading(checkpoint, {
    prompt: settings.masking === "prompt",
    head: settings.head,
  });
  checkFreezing(settings, config);
  const tags = input.labels ? tagSetOf(input.labels) : tagSet(training);
  for (const sentence of dev) tagIndexes(tags, sentence, { file: "dev" });
  for (const sentence of test) tagIndexes(tags, sentence, { file: "test" });
  const tokenizer = await openTokenizer(start.store, {
    dir: start.dir,
    config,
    normalise: settings.normalise,
  });
  const given = input.augmented ? [input.augmented] : [];
  for (const sentence of given.flat()) tagIndexes(tags, sentence, { file: "the augmented sentences" });
  const phaseInput = {
    tokenizer: tokenizer.tokenizer,
    maxTokens: Math.min(maxTokens(config), teaching?.maxTokens ?? Infinity),
    settings,
    signal,
  };
  const identity = {
    settings: { ...settings, ...teaching?.settings },
    data: fingerprint([
      training,
      dev,
      test,
      unlabelled,
      tags.labels,
      ...given,
      ...(teaching ? [untagged] : []),
    ]),
    model: startFingerprint(start, { config, tokenizer, teaching }),
    device: device.description,
    variants: device.variants,
  };
  const resumed = input.resume
    ? await readProgress<TrainingProgress, TrainingSettings>(out.store, joinPath(out.dir, STATE_FILE), {
      identity,
      allowInexact,
    })
    : undefined;
  const augmented = resumed?.progress.augmented ?? await makeCopies(input, { settings, labels: tags.labels });
  const phases = [
    ...(unlabelled.length > 0 ? [await adaptationPhase(unlabelled, phaseInput)] : []),
    await taggingPhase([...training, ...input.augmented ?? augmented ?? []], {
      ...phaseInput,
      tagSet: tags,
      untagged,
    }),
  ];
  const evaluated = largestTaggingBatch([dev, test], { tokenizer: tokenizer.tokenizer, config });
  const checkpointHead = taggingKind(checkpoint);
  const opened = await open(input, { config, checkpointHead, settings, tags, phases, evaluated, teaching });
  return { input, settings, ...opened, tokenizer, phases, identity, augmented, resumed, teaching };
}

/**
 * Copies of the sentences with other names, where the settings want some and the input has none.
 *
 * @throws {OptionError} for names that cannot be proposed well
 */
async function makeCopies(
  input: TrainingInput,
  { settings, labels }: { settings: TrainingSettings; labels: readonly string[] },
): Promise<readonly Sentence[] | undefined> {
  if (settings.augmentation === 0 || input.augmented) return undefined;
  if (input.unlabelled && input.unlabelled.length > 0) {
    throw new OptionError(
      new Message(
        message`Expected no ${setting("unlabelled")} text with ${setting("augmentation")}, `,
        "whose masked LM begins from the checkpoint, too: pretrain the checkpoint on the text before",
      ),
    );
  }
  return await augment({ ...input, settings, labels });
}

/** The model with its heads, each parameter in its group, once it is known to fit. */
async function open(
  { device, start, unlabelled = [], signal }: TrainingInput,
  { config, checkpointHead, settings, tags, phases, evaluated, teaching }: {
    config: ModelConfig;
    checkpointHead: string;
    settings: TrainingSettings;
    tags: TagSet;
    phases: readonly Phase[];
    /** What is tagged at once, at most. */
    evaluated: BatchSize;
    teaching: Teaching | undefined;
  },
): Promise<TrainedModel> {
  const { learningRate, headLearningRate, layerDecay, freezeEmbeddings, freezeLayers } = settings;
  const { dropout, recompute, precision, seed } = settings;
  return await openTrained(deviceOf(device), start, {
    config,
    tagging: taggingHead(settings.head)!.of(tags.labels),
    checkpointHead,
    maskedLm: settings.objective === "joint" || unlabelled.length > 0,
    boundary: settings.boundaryObjective && unlabelled.length > 0,
    group: (spec) =>
      groupOf(spec, {
        numHiddenLayers: config.numHiddenLayers,
        headMultiplier: learningRate > 0 ? headLearningRate / learningRate : 1,
        layerDecay,
        freezeEmbeddings,
        freezeLayers,
      }),
    precision,
    seed,
    batches: await Promise.all(phases.map((phase) => largestBatch(phase, signal))),
    dropout,
    recompute,
    averages: settings.average > 0,
    teaching,
    evaluate: (model) => rehearseTagging(model, evaluated),
    freezable: !freezeEmbeddings,
    signal,
  });
}
