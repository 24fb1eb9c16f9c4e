import { Random } from "../random/random.ts";
import type { PlannedStep } from "./plan.ts";
import type { TrainingSettings } from "./settings.ts";

type CopySettings = Pick<TrainingSettings, "maskedCopies" | "maskFrom" | "annealFrom">;

/**
 * Masked copies that a sentence has on average in a step: none up to `maskFrom`, then `maskedCopies`, and
 * from `annealFrom` on linearly fewer, to none at the end. Models gain from a last stretch on data as they
 * will meet them (He et al. 2019, arXiv:1909.09148), and from masking that decays linearly (Ankner et al.
 * 2024, arXiv:2305.15096, who lower the share).
 */
export function copiesAt({ maskedCopies, maskFrom, annealFrom }: CopySettings, progress: number): number {
  if (progress < maskFrom) return 0;
  return progress <= annealFrom ? maskedCopies : maskedCopies * (1 - progress) / (1 - annealFrom);
}

/**
 * The streams of the masked copies that a window has in a step, one a copy. Where their number is not whole,
 * a coin decides on the last one, so that it is right in expectation.
 */
export function copyStreams(
  settings: CopySettings & Pick<TrainingSettings, "seed">,
  { epoch, progress, window }: Pick<PlannedStep, "epoch" | "progress"> & { readonly window: number },
): Random[] {
  const { seed } = settings;
  const coin = new Random(seed, "copies", epoch, window).uniform();
  return Array.from(
    { length: Math.floor(copiesAt(settings, progress) + coin) },
    // The first copy's stream has no number, so what it masks does not depend on whether there are more.
    (_, copy) => new Random(seed, "masking", epoch, window, ...(copy === 0 ? [] : [copy])),
  );
}
