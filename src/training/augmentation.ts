import { GappedSentence, type MarkedSentence } from "../augmentation/gapped_sentence.ts";
import { markNames, typeMarkers } from "../augmentation/markers.ts";
import { nameWordMasking } from "../augmentation/name_words.ts";
import { maxTokens, type ModelConfig, readConfig } from "../checkpoint/hugging_face.ts";
import { fillBatches } from "../data/batching.ts";
import { parseTag } from "../data/scheme.ts";
import type { Sentence } from "../data/sentence.ts";
import { type ComputeDevice, opsOf } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import type { MaskVocabulary } from "../masking/apply.ts";
import { pieceLogits } from "../inference/piece_logits.ts";
import type { Model } from "../model/model.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import { groupOf } from "../optim/groups.ts";
import { Random } from "../random/random.ts";
import { encodeSentence } from "../text/alignment.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { checkAugmentable } from "./augmentable.ts";
import { maskedContribution, maskVocabulary } from "./contribution.ts";
import type { AugmentationEvent, StepEvent } from "./events.ts";
import type { StartingPoint } from "./input.ts";
import { LossLog, type StepLosses } from "./loss_log.ts";
import { openTrained } from "./open_trained.ts";
import { newOptimizer } from "./optimizer.ts";
import { largestMicroBatch, type Phase } from "./phase.ts";
import { planSteps } from "./plan.ts";
import type { TrainingSettings } from "./settings.ts";
import { takeStep } from "./take_step.ts";

/** Share of the words of names that are masked, when they are learnt and when others are proposed, as in MELM. */
const LEARNT_SHARE = 0.7;
const PROPOSED_SHARE = 0.5;
/** Tokens that go through the model at once where names are proposed: the logits of all pieces come to the host. */
const BATCH_TOKENS = 512;
/** A forward pass costs about a third of forward and backward. */
const FORWARD = 1 / 3;

/** What is augmented, and how. */
export interface AugmentationInput {
  readonly device: ComputeDevice;
  /** The checkpoint whose masked-LM head proposes names. */
  readonly start: StartingPoint;
  readonly training: readonly Sentence[];
  /** Tags of the tagger: their types get markers. */
  readonly labels: readonly string[];
  readonly settings: TrainingSettings;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: StepEvent | AugmentationEvent) => void;
}

/**
 * Copies of labelled sentences with other names of the same types, after MELM (Zhou et al. 2022, arXiv:2108.13655): a model
 * of its own is fine-tuned to predict masked words of names between markers of their types, and what it then draws for
 * masked words takes their place. Tags stay as they are.
 *
 * Three things differ. Markers are pieces of the vocabulary ({@linkcode typeMarkers}); the pieces of a word are drawn one
 * after another ({@linkcode GappedSentence}); and no tagger filters the copies: the one that MELM trains for it would cost
 * as much as the run itself. Sentences without names, and such that do not fit into the model with their markers, get no
 * copies, and neither does a sentence twice the same.
 *
 * The same input gives the same copies.
 *
 * @returns up to `settings.augmentation` copies of a sentence; undefined if the signal came before the end
 * @throws {OptionError} if the checkpoint has no trained masked-LM head
 */
export async function augment(input: AugmentationInput): Promise<readonly Sentence[] | undefined> {
  const { device, start, settings } = input;
  await checkAugmentable(start);
  const config = await readConfig(start.store, start.dir);
  const { tokenizer } = await openTokenizer(start.store, { dir: start.dir, config });
  const marked = markSentences(input, { tokenizer, config });
  if (marked.length === 0) return [];
  const phase = augmentationPhase(marked, { vocabulary: maskVocabulary(tokenizer), settings });
  const { freezeEmbeddings, freezeLayers, recompute, precision, seed } = settings;
  const { model } = await openTrained(opsOf(device), start, {
    config,
    seed,
    head: "maskedLm",
    group: (name) =>
      groupOf(name, { numHiddenLayers: config.numHiddenLayers, freezeEmbeddings, freezeLayers }),
    tokens: phase.mostTokens,
    recompute,
    precision,
    freezable: !freezeEmbeddings,
  });
  try {
    return await learnNames(model, phase, input)
      ? await proposeNames(model, marked, { ...input, tokenizer })
      : undefined;
  } finally {
    model.free();
  }
}

/** The sentences with names, between markers; each that fits into the model as one window. */
function markSentences(
  { training, labels }: AugmentationInput,
  { tokenizer, config }: { tokenizer: Tokenizer; config: ModelConfig },
): MarkedSentence[] {
  const types = new Set(labels.map((label) => parseTag(label)?.type ?? ""));
  types.delete("");
  const markers = typeMarkers([...types], tokenizer);
  const limit = maxTokens(config);
  return training.filter(({ tags }) => tags.some((tag) => tag !== "O")).flatMap((sentence) => {
    const windows = encodeSentence(tokenizer, sentence.words, { maxTokens: limit });
    const encoded = markNames(windows[0], { tags: sentence.tags, markers });
    return windows.length === 1 && encoded.ids.length <= limit ? [{ sentence, encoded }] : [];
  });
}

/** Fine-tuning the masked LM on words of names. */
export function augmentationPhase(
  sentences: readonly MarkedSentence[],
  { vocabulary, settings }: { vocabulary: MaskVocabulary; settings: TrainingSettings },
): Phase {
  const { augmentationEpochs: epochs, adaptationLearningRate: learningRate, seed } = settings;
  const lengths = sentences.map(({ encoded }) => encoded.ids.length);
  const steps = planSteps(lengths, { ...settings, epochs, maxSteps: 0, evaluations: 0 });
  return {
    name: "augmentation",
    steps,
    mostTokens: largestMicroBatch(steps, lengths),
    learningRate,
    contribution(window, { epoch }) {
      const { encoded, sentence } = sentences[window];
      return maskedContribution({ encoded, tags: sentence.tags }, {
        strategy: nameWordMasking,
        vocabulary,
        share: LEARNT_SHARE,
        random: new Random(seed, "names learnt", epoch, window),
      });
    },
  };
}

/** Carries out the phase; false if the signal came before its end. */
async function learnNames(
  model: Model,
  phase: Phase,
  { settings, signal, onEvent }: AugmentationInput,
): Promise<boolean> {
  const optimizer = newOptimizer(model, settings);
  const log = new LossLog<Omit<StepEvent, "type" | keyof StepLosses>>(
    model.device,
    (step, losses) => onEvent?.({ type: "step", ...step, ...losses }),
  );
  try {
    const { name, steps } = phase;
    for (const step of steps.keys()) {
      await yieldToHost();
      if (signal?.aborted) return false;
      const losses = log.next();
      const taken = takeStep(phase, { model, optimizer, settings, step, stepsBefore: 0, losses });
      await log.push({ phase: name, step: step + 1, totalSteps: steps.length, ...taken }, optimizer);
    }
    await log.flush(optimizer);
    return true;
  } finally {
    log.free();
    optimizer.free();
  }
}

/** Draws words for masked words of names; undefined if the signal came before the end. */
async function proposeNames(
  model: Model,
  sentences: readonly MarkedSentence[],
  { tokenizer, settings, signal, onEvent }: AugmentationInput & { tokenizer: Tokenizer },
): Promise<Sentence[] | undefined> {
  const { maskId } = maskVocabulary(tokenizer);
  const copies = sentences.map((marked, s) =>
    Array.from({ length: settings.augmentation }, (_, copy) => {
      const random = new Random(settings.seed, "names proposed", s, copy);
      const { encoded, sentence: { tags } } = marked;
      const gaps = nameWordMasking.plan({ encoded, tags, share: PROPOSED_SHARE, random });
      return new GappedSentence(marked, { gaps, maskId, random });
    })
  );
  let tokens = 0;
  for (let round = 0;; round++) {
    const open = copies.flat()
      .map((copy) => ({ copy, ids: copy.ids, rows: copy.rows(round) }))
      .filter(({ rows }) => rows.length > 0)
      .sort((a, b) => b.ids.length - a.ids.length);
    if (open.length === 0) break;
    const lengths = open.map(({ ids }) => ids.length);
    for (const batch of fillBatches([...open.keys()], { lengths, budget: BATCH_TOKENS })) {
      await yieldToHost();
      if (signal?.aborted) return undefined;
      const asked = batch.map((i) => open[i]);
      const logits = (await pieceLogits(model, asked)).values();
      for (const { copy, ids, rows } of asked) {
        tokens += ids.length;
        for (const row of rows) copy.fill(row, { logits: logits.next().value!, reader: tokenizer });
      }
    }
  }
  const augmented = copies.flatMap((copies) =>
    distinct(copies.flatMap((copy) => copy.sentence(tokenizer) ?? []))
  );
  onEvent?.({ type: "augmentation", sentences: augmented.length, tokens: Math.round(FORWARD * tokens) });
  return augmented;
}

/** Sentences without those that say the same as one before. */
function distinct(sentences: readonly Sentence[]): Sentence[] {
  return [...new Map(sentences.map((sentence) => [sentence.words.join(" "), sentence])).values()];
}
