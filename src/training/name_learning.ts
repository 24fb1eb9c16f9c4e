import type { MarkedSentence } from "../augmentation/gapped_sentence.ts";
import { nameWordMasking } from "../augmentation/name_words.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import type { MaskVocabulary } from "../masking/apply.ts";
import type { Model } from "../model/model.ts";
import { Random } from "../random/random.ts";
import { maskedContribution } from "../run/contribution.ts";
import type { StepEvent } from "./events.ts";
import { Learner } from "../run/learner.ts";
import type { StepLosses } from "../run/loss_log.ts";
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
  const learner = new Learner<Omit<StepEvent, "type" | keyof StepLosses>>(
    model,
    settings,
    (step, losses) => onEvent?.({ type: "step", ...step, ...losses }),
  );
  try {
    const { name, steps } = phase;
    for (const step of steps.keys()) {
      await yieldToHost(signal);
      await learner.step(async (tools) => {
        const taken = await takeStep(phase, { ...tools, settings, step, stepsBefore: 0 });
        return { phase: name, step: step + 1, totalSteps: steps.length, ...taken };
      }, signal);
    }
    await learner.flush();
  } finally {
    learner.free();
  }
}
