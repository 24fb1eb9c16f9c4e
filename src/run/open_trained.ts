import type { Device } from "../device/device.ts";
import { readConfig } from "../model/config.ts";
import { withLayers } from "../model/kept_layers.ts";
import { Model, type ModelOptions } from "../model/model.ts";
import { openModel } from "../model/open.ts";
import type { OpenedTokenizer } from "../model/tokenizer_files.ts";
import type { ModelConfig } from "../nn/config.ts";
import { initialise } from "../nn/initialise.ts";
import { fingerprint } from "./fingerprint.ts";
import type { StartingPoint } from "./input.ts";
import { checkBound, type MemoryBound, memoryBound, type Rehearsal } from "./memory_bound.ts";
import type { Teaching } from "./teaching.ts";

/**
 * The config of the model that a run begins from.
 *
 * @throws {CheckpointError} if it is missing or describes a model that cannot be
 * @throws {OptionError} for layers that it does not have
 */
export async function startConfig({ store, dir, layers }: StartingPoint): Promise<ModelConfig> {
  return withLayers(await readConfig(store, dir), layers);
}

/** Hash of what decides what text becomes in a model, for the identity of a run. */
export function startFingerprint(
  { layers }: StartingPoint,
  { config, tokenizer, teaching }: {
    readonly config: ModelConfig;
    readonly tokenizer: OpenedTokenizer;
    readonly teaching?: Teaching;
  },
): string {
  return fingerprint([
    config.raw,
    [...tokenizer.files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
    ...(layers ? [layers] : []),
    ...(teaching ? [teaching.fingerprint] : []),
  ]);
}

/** What is trained, and on how much at once. */
export interface TrainedModelOptions extends Rehearsal {
  /** Decides the values of parameters that begin at random. */
  readonly seed: number;
  /** Whether the embeddings are trained and need not be. */
  readonly freezable: boolean;
}

/** A model that is ready to be trained. */
export interface TrainedModel {
  readonly model: Model;
  /** The most device memory that the run will have in use. */
  readonly memory: MemoryBound;
  /** Parameters that began at random. */
  readonly fresh: readonly string[];
}

/**
 * The model that a run trains, once it is known to fit.
 *
 * @throws {DeviceError} if it does not fit, with what helps
 * @throws {CheckpointError} if its files are damaged
 * @throws the signal's reason, if it is aborted
 */
export async function openTrained(
  device: Device,
  start: StartingPoint,
  { batches, dropout, recompute, averages, teaching, evaluate, freezable, ...options }: TrainedModelOptions,
): Promise<TrainedModel> {
  const run = { batches, dropout, recompute, averages, teaching, evaluate };
  const memory = await memoryBound(device, { ...options, ...run });
  checkBound(device, memory, { freezable, recompute, averages });
  return { memory, ...await open(device, start, options) };
}

async function open(
  device: Device,
  { store, dir, scratch, layers }: StartingPoint,
  { config, seed, signal, ...options }:
    & ModelOptions
    & Pick<TrainedModelOptions, "config" | "seed" | "signal">,
): Promise<Omit<TrainedModel, "memory">> {
  if (!scratch) return await openModel(device, store, { dir, config, layers, seed, signal, ...options });
  const model = new Model(device, config, options);
  try {
    await initialise(model.parameters, model.specs, { seed, range: config.initializerRange, signal });
    model.parameters.narrow();
    return { model, fresh: model.specs.map(({ name }) => name) };
  } catch (error) {
    model.free();
    throw error;
  }
}
