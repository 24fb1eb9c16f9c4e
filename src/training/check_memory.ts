import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { Device } from "../device/device.ts";
import { Model, type ModelOptions } from "../model/model.ts";
import { estimateMemory } from "../nn/memory_estimate.ts";
import { checkMemory } from "../nn/memory_limit.ts";

/**
 * Refuses to train a model that cannot fit on the device.
 *
 * @throws {DeviceError} with the estimate, the limit and what helps
 */
export function checkTrainingMemory(
  device: Device,
  config: ModelConfig,
  { tokens, recompute, freezable, ...options }: ModelOptions & {
    /** Tokens that are on the device at one time. */
    readonly tokens: number;
    readonly recompute: boolean;
    /** Whether the embeddings are trained and need not be. */
    readonly freezable: boolean;
  },
): void {
  const { training } = estimateMemory(config, {
    parameters: Model.shapes(config, options),
    trained: (name) => options.group?.(name) !== undefined,
    tokens,
    recompute,
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
}
