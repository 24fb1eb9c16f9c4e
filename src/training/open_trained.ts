import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { Device } from "../device/device.ts";
import { Model, type ModelOptions } from "../model/model.ts";
import { openModel } from "../model/open.ts";
import { initialise } from "../nn/initialise.ts";
import { estimateMemory } from "../nn/memory_estimate.ts";
import { checkMemory } from "../nn/memory_limit.ts";
import type { StartingPoint } from "./input.ts";

/** What is trained, and what that takes. */
export interface TrainedModelOptions extends ModelOptions {
  readonly config: ModelConfig;
  /** Decides the values of parameters that begin at random. */
  readonly seed: number;
  /** Tokens that are on the device at one time. */
  readonly tokens: number;
  readonly recompute: boolean;
  /** Whether the embeddings are trained and need not be. */
  readonly freezable: boolean;
}

/**
 * The model that a run trains, and the names of its parameters that begin at random.
 *
 * @throws {DeviceError} for one that cannot fit on the device, with the estimate, the limit and what helps
 * @throws {CheckpointError} if its files are damaged
 */
export async function openTrained(
  device: Device,
  { store, dir, scratch }: StartingPoint,
  { config, seed, tokens, recompute, freezable, ...options }: TrainedModelOptions,
): Promise<{ model: Model; fresh: readonly string[] }> {
  const { precision } = options;
  const { training } = estimateMemory(config, {
    parameters: Model.shapes(config, options),
    trained: (name) => options.group?.(name) !== undefined,
    tokens,
    recompute,
    precision,
  });
  checkMemory(device, {
    what: "training this one takes",
    bytes: training,
    remedies: [
      ...(freezable ? ["freezeEmbeddings"] : []),
      "a smaller batchTokens",
      ...(recompute ? [] : ["recompute (fewer activations are kept)"]),
      "a checkpoint with a smaller vocabulary or fewer layers",
    ],
  });
  if (!scratch) return await openModel(device, store, { dir, config, seed, ...options });
  const model = new Model(device, config, options);
  const fresh = [...model.parameters].map(({ name }) => name);
  initialise(model.parameters, fresh, { seed, range: config.initializerRange });
  model.parameters.narrow();
  return { model, fresh };
}
