import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { Device } from "../device/device.ts";
import { Model, type ModelOptions } from "../model/model.ts";
import { openModel } from "../model/open.ts";
import { initialise } from "../nn/initialise.ts";
import type { StartingPoint } from "./input.ts";

/** What is trained. */
export interface TrainedModelOptions extends ModelOptions {
  readonly config: ModelConfig;
  /** Decides the values of parameters that begin at random. */
  readonly seed: number;
}

/**
 * The model that a run trains, and the names of its parameters that begin at random.
 *
 * @throws {CheckpointError} if its files are damaged
 */
export async function openTrained(
  device: Device,
  { store, dir, scratch }: StartingPoint,
  { config, seed, ...options }: TrainedModelOptions,
): Promise<{ model: Model; fresh: readonly string[] }> {
  if (!scratch) return await openModel(device, store, { dir, config, seed, ...options });
  const model = new Model(device, config, options);
  const fresh = [...model.parameters].map(({ name }) => name);
  initialise(model.parameters, fresh, { seed, range: config.initializerRange });
  model.parameters.narrow();
  return { model, fresh };
}
