import type { MarkedSentence } from "../augmentation/gapped_sentence.ts";
import { nameWordMasking } from "../augmentation/name_words.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import type { MaskVocabulary } from "../masking/apply.ts";
import type { Model } from "../model/model.ts";
import { Random } from "../random/random.ts";
import { maskedContribution } from "./contribution.ts";
import type { StepEvent } from "./events.ts";
import { LossLog, type StepLosses } from "./loss_log.ts";
import { newOptimizer } from "./optimizer.ts";
import type { Phase } from "./phase.ts";
import { planSteps } from "./plan.ts";
import type { TrainingSettings } from "./settings.ts";
import { takeStep } from "./take_step.ts";

/** Share of the words of names that are masked, as in MELM. */
const LEARNT_SHARE = 0.7;

/** Fine-tuning a masked LM on words of names between markers of their types. */
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

/**
 * Carries out the phase.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function learnNames(
  model: Model,
  phase: Phase,
  { settings, signal, onEvent }: {
    settings: TrainingSettings;
    signal?: AbortSignal;
    onEvent?: (event: StepEvent) => void;
  },
): Promise<void> {
  const optimizer = newOptimizer(model, settings);
  const log = new LossLog<Omit<StepEvent, "type" | keyof StepLosses>>(
    model.device,
    (step, losses) => onEvent?.({ type: "step", ...step, ...losses }),
  );
  try {
    const { name, steps } = phase;
    for (const step of steps.keys()) {
      await yieldToHost(signal);
      const losses = log.next();
      const taken = takeStep(phase, { model, optimizer, settings, step, stepsBefore: 0, losses });
      await log.push({ phase: name, step: step + 1, totalSteps: steps.length, ...taken }, optimizer);
    }
    await log.flush(optimizer);
  } finally {
    log.free();
    optimizer.free();
  }
}
