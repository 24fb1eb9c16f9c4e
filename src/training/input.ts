import type { Sentence } from "../data/sentence.ts";
import type { ComputeDevice } from "../device/device.ts";
import type { FolderLock } from "../store/folder_lock.ts";
import type { Store } from "../store/store.ts";
import type { TrainingEvent } from "./events.ts";
import type { TrainingSettings } from "./settings.ts";

/** A folder of a store. */
export interface Place {
  /** Where the files are. */
  readonly store: Store;
  /** "" for the store's own top. */
  readonly dir: string;
}

/** A Hugging Face checkpoint; with `scratch` its weights are not read, and all parameters begin at random. */
export interface StartingPoint extends Place {
  /** Whether all parameters begin at random. */
  readonly scratch?: boolean;
}

/** What every run that trains is given. */
export interface RunInput<Event> {
  /** Where to compute. */
  readonly device: ComputeDevice;
  /** The checkpoint to begin from. */
  readonly start: StartingPoint;
  /** Where the best model goes, and the state to resume from. */
  readonly out: Place;
  /** Saves a state now and then, and where the run is interrupted, to resume it from; by default it does. */
  readonly resumable?: boolean;
  /** The caller's lock on `out`, who disposes it; by default the run takes one. */
  readonly lock?: FolderLock;
  /** Go on from the state in `out`. */
  readonly resume?: boolean;
  /** Resume on another device too, where rounding differs. */
  readonly allowInexact?: boolean;
  /** Ends the run, whatever it is at, with a state to resume from. */
  readonly signal?: AbortSignal;
  /** Called with everything that happens, as it happens. */
  readonly onEvent?: (event: Event) => void;
}

/** What a run fine-tunes, on what, and how. */
export interface TrainingInput extends RunInput<TrainingEvent> {
  /** What the tagger learns from. */
  readonly training: readonly Sentence[];
  /**
   * Sentences that the tagger learns from beside these and whose names do not count as seen, such as copies with other
   * names. Without them the run makes as many copies as `augmentation` of its settings says.
   */
  readonly augmented?: readonly Sentence[];
  /** The tags of the tagger, where `training` is a sample that may lack some; by default those of `training`. */
  readonly labels?: readonly string[];
  /** What the best model is chosen on. */
  readonly dev: readonly Sentence[];
  /** What the best model is scored on in the end. */
  readonly test?: readonly Sentence[];
  /** Raw sentences of the language, for adaptation before fine-tuning. */
  readonly unlabelled?: readonly string[];
  /** Saves the masked-LM head of a run that has one beside its tagger; by default it does not. */
  readonly keepMaskedLm?: boolean;
  /** Whatever is not to be as in {@linkcode defaultSettings}. */
  readonly settings?: Partial<TrainingSettings>;
}
