import type { ComputeDevice } from "../device/device.ts";
import type { Place } from "../training/input.ts";
import type { TextFile } from "./corpus.ts";
import type { PretrainingEvent } from "./events.ts";
import type { PretrainingSettings } from "./settings.ts";

/** What a run pretrains, on which text, and how. */
export interface PretrainingInput {
  /** Where to compute. */
  readonly device: ComputeDevice;
  /** A Hugging Face checkpoint; with `scratch` its weights are not read, and all parameters begin at random. */
  readonly start: Place & { readonly scratch?: boolean };
  /** Where the model goes, and the state to resume from. */
  readonly out: Place;
  /**
   * Raw text to learn from: UTF-8, a sentence or a paragraph a line, a blank line between what does not belong together.
   * It may be larger than memory.
   */
  readonly text: readonly TextFile[];
  /** Raw text that nothing is learnt from: the model with the lowest loss on it is kept, without it the last one. */
  readonly heldOut?: readonly TextFile[];
  /** Whatever is not to be as in {@linkcode defaultPretrainingSettings}. */
  readonly settings?: Partial<PretrainingSettings>;
  /** Go on from the state in `out`. */
  readonly resume?: boolean;
  /** Resume on another device too, where rounding differs. */
  readonly allowInexact?: boolean;
  /** Ends the run cleanly at the next step, with a state to resume from. */
  readonly signal?: AbortSignal;
  /** Called with everything that happens, as it happens. */
  readonly onEvent?: (event: PretrainingEvent) => void;
}
