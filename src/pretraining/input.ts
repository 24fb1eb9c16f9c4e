import type { RunInput } from "../run/input.ts";
import type { TextFile } from "./corpus.ts";
import type { PretrainingEvent } from "./events.ts";
import type { PretrainingSettings } from "./settings.ts";

/** What a run pretrains, on which text, and how. */
export interface PretrainingInput extends RunInput<PretrainingEvent> {
  /**
   * Raw text to learn from: UTF-8, a sentence or a paragraph a line, a blank line between what does not
   * belong together. It may be larger than memory.
   */
  readonly text: readonly TextFile[];
  /**
   * Raw text that nothing is learnt from: the model with the lowest loss on it is kept, without it the last
   * one.
   */
  readonly heldOut?: readonly TextFile[];
  /** Whatever is not to be as in {@linkcode defaultPretrainingSettings}. */
  readonly settings?: Partial<PretrainingSettings>;
}
