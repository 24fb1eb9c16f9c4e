import { encodeWindows } from "../masking/prompt.ts";
import { type LabelledWindow, trainingSequences } from "../masking/objective.ts";
import { maskingStrategy } from "../masking/registry.ts";
import { maskableTokens } from "../masking/word_rows.ts";
import { IGNORED } from "../data/packed_batch.ts";
import type { Sentence } from "../data/sentence.ts";
import { tagIndexes, type TagSet } from "../data/tag_set.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { DataError } from "../errors.ts";
import { Random } from "../random/random.ts";
import { encodeSentence, wordOwners } from "../text/alignment.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { splitWords } from "../text/words.ts";
import {
  type Contribution,
  maskedContribution,
  maskVocabulary,
  maskVocabularyOf,
} from "../run/contribution.ts";
import { copyStreams } from "./copies.ts";
import { type PlannedStep, planSteps } from "./plan.ts";
import type { TrainingSettings } from "./settings.ts";

/** A stretch of a run with an optimiser and a schedule of its own. */
export interface Phase {
  readonly name: "adaptation" | "augmentation" | "tagging";
  readonly steps: readonly PlannedStep[];
  readonly learningRate: number;
  /** The sequences of a window in a step; the same call gives the same sequences. */
  contribution(window: number, step: Pick<PlannedStep, "epoch" | "progress">): Contribution;
}

/** What phases are made of. */
export interface PhaseInput {
  readonly tokenizer: Tokenizer;
  readonly maxTokens: number;
  readonly settings: TrainingSettings;
  /** Ends the encoding of the sentences, throwing its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Fine-tuning: windows of labelled sentences, with masked copies where the objective has them; and of
 * sentences of whose words a teacher says more than tags do.
 */
export async function taggingPhase(
  sentences: readonly Sentence[],
  { tokenizer, maxTokens, settings, tagSet, untagged = [], signal }: PhaseInput & {
    tagSet: TagSet;
    untagged?: readonly (readonly string[])[];
  },
): Promise<Phase> {
  const strategy = maskingStrategy(settings.masking);
  const prompt = strategy.name === "prompt";
  const windows: LabelledWindow[] = [];
  for (const sentence of sentences) {
    await yieldToHost(signal);
    const encoded = encodeWindows(tokenizer, sentence.words, { maxTokens, prompt });
    const labels = tagIndexes(tagSet, sentence);
    const owners = wordOwners(encoded);
    for (const [w, window] of encoded.entries()) {
      windows.push({
        encoded: window,
        // A word in the overlap of two windows is trained once, in the window where it has more context.
        labels: window.labelRows.map((_, i) => {
          const word = window.firstWord + i;
          return owners[word] === w ? labels[word] : IGNORED;
        }),
        tags: sentence.tags,
      });
    }
  }
  for (const words of untagged) {
    await yieldToHost(signal);
    for (const encoded of encodeWindows(tokenizer, words, { maxTokens, prompt })) {
      windows.push({ encoded, labels: encoded.labelRows.map(() => IGNORED) });
    }
  }
  if (windows.length === 0) {
    throw new DataError(
      "Expected training sentences with words, from which the tagger learns, but found none",
    );
  }
  const lengths = windows.map(({ encoded }) => encoded.ids.length);
  // Prompts come on top, as masked copies do, so that every strategy has the same batches.
  const plain = windows.map(({ encoded }, i) => lengths[i] - (prompt ? encoded.labelRows.length : 0));
  const steps = planSteps(plain, settings);
  return {
    name: "tagging",
    steps,
    learningRate: settings.learningRate,
    contribution(window, { epoch, progress }) {
      const streams = strategy.masks ? copyStreams(settings, { epoch, progress, window }) : [];
      const masking = {
        strategy,
        objective: settings.objective,
        vocabulary: maskVocabularyOf(strategy, tokenizer),
        share: settings.maskedShare,
        streams,
      };
      return {
        sequences: trainingSequences(windows[window], masking),
        maskable: streams.length * maskableTokens(windows[window].encoded),
      };
    },
  };
}

/** Adaptation before fine-tuning: span-masked language modelling on raw sentences of the language. */
export async function adaptationPhase(
  texts: readonly string[],
  { tokenizer, maxTokens, settings, signal }: PhaseInput,
): Promise<Phase> {
  const windows: Encoded[] = [];
  for (const text of texts) {
    await yieldToHost(signal);
    const words = splitWords(text).map(({ text }) => text);
    windows.push(...encodeSentence(tokenizer, words, { maxTokens }));
  }
  if (windows.length === 0) {
    throw new DataError("Expected text in the unlabelled file, found no word: give one sentence a line");
  }
  const strategy = maskingStrategy("span");
  const vocabulary = maskVocabulary(tokenizer);
  const { adaptationEpochs: epochs, adaptationLearningRate: learningRate, maskedShare: share, seed } =
    settings;
  const lengths = windows.map(({ ids }) => ids.length);
  const steps = planSteps(lengths, { ...settings, epochs, maxSteps: 0, evaluations: 0 });
  return {
    name: "adaptation",
    steps,
    learningRate,
    contribution(window, { epoch }) {
      const random = new Random(seed, "adaptation", epoch, window);
      return maskedContribution({ encoded: windows[window] }, { strategy, vocabulary, share, random });
    },
  };
}
