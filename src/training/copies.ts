import { Random } from "../random/random.ts";
import type { TrainingSettings } from "./settings.ts";

/**
 * The streams of the masked copies that a window has in an epoch, one a copy. Where their number is not whole, a coin
 * decides on the last one, so that it is right in expectation.
 */
export function copyStreams(
  { maskedCopies, seed }: Pick<TrainingSettings, "maskedCopies" | "seed">,
  { epoch, window }: { readonly epoch: number; readonly window: number },
): Random[] {
  const coin = new Random(seed, "copies", epoch, window).uniform();
  return Array.from(
    { length: Math.floor(maskedCopies + coin) },
    // The first copy's stream has no number, so what it masks does not depend on whether there are more.
    (_, copy) => new Random(seed, "masking", epoch, window, ...(copy === 0 ? [] : [copy])),
  );
}
