import type { ComputeDevice } from "../device/device.ts";
import type { FolderLock } from "../store/folder_lock.ts";
import type { Store } from "../store/store.ts";

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
  /** Of its layers only these, by their numbers from the bottom, from 0, ascending; by default all. */
  readonly layers?: readonly number[];
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
  /**
   * Milliseconds between two states, or more where saving one takes seconds; 0 saves one before every step.
   * Default 120,000.
   */
  readonly stateInterval?: number;
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
