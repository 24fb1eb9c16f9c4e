/** A part of a checkpoint's layers as a model of its own. */

import type { TensorInfo, TensorSource } from "../checkpoint/safetensors.ts";
import { OptionError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";

/**
 * The config of a model that has some of the layers.
 *
 * @param layers their numbers from the bottom, from 0; undefined are all of them
 * @throws {OptionError} for none, for layers that there are not, or in another order
 */
export function withLayers(config: ModelConfig, layers: readonly number[] | undefined): ModelConfig {
  if (layers === undefined) return config;
  const { numHiddenLayers } = config;
  const isThere = (layer: number) => Number.isInteger(layer) && layer >= 0 && layer < numHiddenLayers;
  const ascending = layers.every((layer, i) => i === 0 || layer > layers[i - 1]);
  if (layers.length === 0 || !ascending || !layers.every(isThere)) {
    throw new OptionError(
      new Message(
        message`Expected ${setting("keepLayers")} to be ascending numbers from 0 to ${numHiddenLayers - 1}, `,
        `the layers of the model, but found ${layers.join(", ") || "none"}`,
      ),
    );
  }
  const raw = familyOf(config).ofLayers?.(config, layers) ?? config.raw;
  return { ...config, raw, numHiddenLayers: layers.length };
}

/** Where a name has the number of a layer, in all families. */
const LAYER = /(?<=\blayers?\.)(\d+)(?=\.)/;

/** The tensors of a checkpoint as those of a model with some of its layers, which are counted anew. */
export function layersOf(source: TensorSource, layers: readonly number[] | undefined): TensorSource {
  if (layers === undefined) return source;
  const old = new Map<string, string>();
  const tensors = new Map<string, TensorInfo>();
  for (const [name, info] of source.tensors) {
    const number = LAYER.exec(name)?.[1];
    const place = number === undefined ? undefined : layers.indexOf(Number(number));
    if (place === -1) continue;
    const renamed = name.replace(LAYER, `${place}`);
    old.set(renamed, name);
    tensors.set(renamed, info);
  }
  const nameOf = (name: string) => old.get(name) ?? name;
  return {
    ...source,
    tensors,
    read: (name) => source.read(nameOf(name)),
    readRows: (name, rowStart, rowEnd) => source.readRows(nameOf(name), rowStart, rowEnd),
  };
}
