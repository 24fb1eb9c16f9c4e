/**
 * A file to resume from: tensors (parameters, moments) and a JSON value (step, seeds, ...) that belong
 * together, so that there is never one without the other. What the value means is the trainer's affair.
 */

import { CheckpointError } from "../errors.ts";
import { hashText } from "../hash.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { parseJson } from "../json/strict_json.ts";
import type { Store } from "../store/store.ts";
import { openSafetensors, type TensorSource, type TensorToWrite, writeSafetensors } from "./safetensors.ts";

/** Changes when an older Lacuna could misread the file. */
const FORMAT_VERSION = 2;
const STATE_KEY = "lacuna_training_state";
/**
 * Key of the hash of the value's JSON: a run that goes on from a number that has changed would be another
 * run.
 */
const HASH_KEY = "lacuna_training_state_hash";

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** What {@linkcode readTrainingState} found. */
export interface TrainingStateFile {
  /** The tensors of the state, to read from. */
  readonly tensors: TensorSource;
  /** The value as it was written. */
  readonly state: JsonValue;
}

/**
 * Writes a training state, all or nothing: until the new one is whole the old one stays.
 *
 * @throws {RangeError} if `state` holds NaN or an infinity, which JSON would silently turn into null
 */
export async function writeTrainingState(
  store: Store,
  path: string,
  { tensors, state }: { tensors: Iterable<TensorToWrite>; state: JsonValue },
): Promise<void> {
  const json = JSON.stringify({ version: FORMAT_VERSION, state }, (key, value) => {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RangeError(`expected finite numbers in a training state, found ${key} = ${value}`);
    }
    return value;
  });
  await writeSafetensors(store, path, {
    tensors,
    metadata: { [STATE_KEY]: json, [HASH_KEY]: hashText(json) },
  });
}

/** Whether an opened safetensors file is a training state. */
export function isTrainingState({ metadata }: TensorSource): boolean {
  return metadata?.[STATE_KEY] !== undefined;
}

/** Whether a file is a training state that can be read. */
export async function isTrainingStateFile(store: Store, path: string): Promise<boolean> {
  try {
    return isTrainingState(await openSafetensors(store, path));
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

/**
 * Opens a training state.
 *
 * @throws {CheckpointError} if the file is damaged, is no training state, or is one of another format version
 */
export async function readTrainingState(store: Store, path: string): Promise<TrainingStateFile> {
  const tensors = await openSafetensors(store, path);
  const json = tensors.metadata?.[STATE_KEY];
  if (json === undefined) {
    throw refusal(tensors.file, {
      expected: `a training state, with ${STATE_KEY} in its metadata`,
      found: "a safetensors file without it",
      advice: "resume from the training_state.safetensors that a training run wrote",
    });
  }
  const { version, state } = parseState(json, tensors.file);
  if (version !== FORMAT_VERSION || state === undefined) {
    throw refusal(tensors.file, {
      expected: `a training state of format version ${FORMAT_VERSION}`,
      found: `version ${quote(version)}`,
      advice: "resume with the version of Lacuna that wrote it, or start the run anew",
    });
  }
  if (tensors.metadata?.[HASH_KEY] !== hashText(json)) {
    throw refusal(tensors.file, {
      expected: `${STATE_KEY} to have the hash that it was written with`,
      found: "another one",
      advice: "the file is damaged: start the run anew",
    });
  }
  return { tensors, state: state as JsonValue };
}

function parseState(json: string, file: string): { version?: unknown; state?: unknown } {
  try {
    return Object(parseJson(json));
  } catch (error) {
    throw refusal(file, { expected: `JSON in ${STATE_KEY}`, found: (error as Error).message });
  }
}
