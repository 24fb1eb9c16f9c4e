import type { MarkedSentence } from "../augmentation/gapped_sentence.ts";
import { markNames, typeMarkers } from "../augmentation/markers.ts";
import { maxTokens, readConfig } from "../model/config.ts";
import type { ModelConfig } from "../nn/config.ts";
import { parseTag } from "../data/scheme.ts";
import { hasMention, type Sentence } from "../data/sentence.ts";
import { type ComputeDevice, deviceOf } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import { groupOf } from "../optim/groups.ts";
import { encodeSentence } from "../text/alignment.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { checkAugmentable } from "./augmentable.ts";
import { largestBatch } from "./largest_batch.ts";
import { maskVocabulary } from "../run/contribution.ts";
import type { AugmentationEvent, StepEvent } from "./events.ts";
import type { StartingPoint } from "../run/input.ts";
import { openTrained } from "../run/open_trained.ts";
import { augmentationPhase, learnNames } from "./name_learning.ts";
import { proposeNames } from "./name_proposals.ts";
import type { TrainingSettings } from "./settings.ts";
import { FORWARD_SHARE } from "../run/step.ts";

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
 * Copies of labelled sentences with other names of the same types, after MELM (Zhou et al. 2022,
 * arXiv:2108.13655): a model of its own is fine-tuned to predict masked words of names between markers of
 * their types, and what it then draws for masked words takes their place. Tags stay as they are.
 *
 * Three things differ. Markers are pieces of the vocabulary ({@linkcode typeMarkers}); the pieces of a word
 * are drawn one after another ({@linkcode GappedSentence}); and no tagger filters the copies: the one that
 * MELM trains for it would cost as much as the run itself. Sentences without names, and such that do not fit
 * into the model with their markers, get no copies, and no sentence gets the same copy twice.
 *
 * The same input gives the same copies.
 *
 * @returns up to `settings.augmentation` copies of a sentence
 * @throws {OptionError} if the checkpoint has no trained masked-LM head
 * @throws the signal's reason, if it is aborted
 */
export async function augment(input: AugmentationInput): Promise<readonly Sentence[]> {
  const { device, start, settings, signal, onEvent } = input;
  await checkAugmentable(start);
  const config = await readConfig(start.store, start.dir);
  const { tokenizer } = await openTokenizer(start.store, {
    dir: start.dir,
    config,
    normalise: settings.normalise,
  });
  const marked = await markSentences(input, { tokenizer, config });
  if (marked.length === 0) return [];
  const phase = augmentationPhase(marked, { vocabulary: maskVocabulary(tokenizer), settings });
  const { freezeEmbeddings, freezeLayers, dropout, recompute, precision, seed } = settings;
  const { model } = await openTrained(deviceOf(device), start, {
    config,
    maskedLm: true,
    group: (spec) =>
      groupOf(spec, { numHiddenLayers: config.numHiddenLayers, freezeEmbeddings, freezeLayers }),
    precision,
    seed,
    batches: [await largestBatch(phase, signal)],
    dropout,
    recompute,
    freezable: !freezeEmbeddings,
    signal,
  });
  try {
    await learnNames(model, phase, input);
    const { copies, tokens } = await proposeNames(model, marked, { ...input, tokenizer });
    onEvent?.({ type: "augmentation", sentences: copies.length, tokens: Math.round(FORWARD_SHARE * tokens) });
    return copies;
  } finally {
    model.free();
  }
}

/** The sentences with names, between markers; each that fits into the model as one window. */
async function markSentences(
  { training, labels, signal }: AugmentationInput,
  { tokenizer, config }: { tokenizer: Tokenizer; config: ModelConfig },
): Promise<MarkedSentence[]> {
  const types = new Set(labels.map((label) => parseTag(label)?.type ?? ""));
  types.delete("");
  const markers = typeMarkers([...types], tokenizer);
  const limit = maxTokens(config);
  const marked: MarkedSentence[] = [];
  for (const sentence of training.filter(hasMention)) {
    await yieldToHost(signal);
    const windows = encodeSentence(tokenizer, sentence.words, { maxTokens: limit });
    const encoded = markNames(windows[0], { tags: sentence.tags, markers });
    if (windows.length === 1 && encoded.ids.length <= limit) marked.push({ sentence, encoded });
  }
  return marked;
}
