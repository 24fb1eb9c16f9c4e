import { checkLabels } from "../checkpoint/model_folder.ts";
import { BYTES_PER_ELEMENT } from "../checkpoint/dtype.ts";
import { widened } from "../checkpoint/quantised.ts";
import type { TensorSource } from "../checkpoint/safetensors.ts";
import { openCheckpoint } from "../checkpoint/sharded.ts";
import { afterUpload } from "../device/after_upload.ts";
import { aligned, type Device } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import type { ModelConfig } from "../nn/config.ts";
import { initialise } from "../nn/initialise.ts";
import { checkMemory, requirePrecision } from "../device/memory_limit.ts";
import { joinPath, type Store } from "../store/store.ts";
import { layersOf } from "./kept_layers.ts";
import { matchParameters } from "./match_parameters.ts";
import { Model, type ModelOptions } from "./model.ts";
import { checkTiedDecoder } from "./own_decoder.ts";
import { parameterName } from "./parameter_names.ts";

/** A model with the values of a checkpoint. */
export interface OpenedModel {
  readonly model: Model;
  /** Parameters that the checkpoint does not have and that began at random. */
  readonly fresh: readonly string[];
  /** Tensors of the checkpoint that the model does not use. */
  readonly unused: readonly string[];
}

/** Bytes of one read; a large table goes to the device piece by piece. */
const READ_BYTES = 2 ** 24;

/**
 * Opens a Hugging Face checkpoint on a device: F32, F16, BF16 or codes with scales
 * (src/checkpoint/quantised.ts), one file or shards, with or without the prefix of the encoder's names. Heads
 * that it lacks start at random from `seed`.
 *
 * @param options `layers` are those of its layers that the model has, as `withLayers` made its config
 * @throws {CheckpointError} if the files are damaged, incomplete or do not fit config.json, as where it has
 * other tags than the weights were saved with
 * @throws {DeviceError} if the parameters do not fit on the device, or it has no f16 and that is wanted
 * @throws the signal's reason, if it is aborted
 */
export async function openModel(
  device: Device,
  store: Store,
  { dir, config, layers, seed, signal, ...options }: ModelOptions & {
    dir: string;
    config: ModelConfig;
    layers?: readonly number[];
    seed: number;
    signal?: AbortSignal;
  },
): Promise<OpenedModel> {
  const { precision } = options;
  requirePrecision(device, precision);
  const rehearsal = device.rehearsal();
  new Model(rehearsal, config, options);
  checkMemory(device, {
    what: "this one's parameters take",
    bytes: rehearsal.memory.liveBytes,
    remedies: ["a checkpoint with a smaller vocabulary or fewer layers"],
  });
  const source = layersOf(await openWeights(store, dir), layers);
  checkLabels(config.id2label, { source, file: store.locate(joinPath(dir, "config.json")) });
  const { tensors, fresh, unused } = matchParameters(source, config, options);
  if (options.maskedLm) await checkTiedDecoder(source, config);
  const model = new Model(device, config, options);
  const random = model.specs.filter(({ name }) => !tensors.has(name));
  try {
    await initialise(model.parameters, random, { seed, range: config.initializerRange, signal });
    for (const [name, tensor] of tensors) await loadParameter(model, name, { source, tensor, signal });
    model.parameters.narrow();
  } catch (error) {
    model.free();
    throw error;
  }
  return { model, fresh, unused };
}

/**
 * Gives a model the values of another checkpoint of the same config, as `saveModel` wrote it.
 *
 * @throws the signal's reason, if it is aborted: some parameters have the values then
 */
export async function loadValues(
  model: Model,
  store: Store,
  { dir, signal }: { dir: string; signal?: AbortSignal },
): Promise<void> {
  const source = await openWeights(store, dir);
  for (const name of source.tensors.keys()) {
    await loadParameter(model, name, { source, tensor: name, signal });
  }
  model.parameters.narrow();
}

/**
 * Gives parameters of encoder and masked-LM head the values that another checkpoint of the same sizes has for
 * them.
 *
 * @returns false, and changes nothing, where the checkpoint lacks one of them
 */
export async function loadParameters(
  model: Model,
  store: Store,
  { dir, names }: { dir: string; names: readonly string[] },
): Promise<boolean> {
  const source = await openWeights(store, dir);
  const available = new Set([...source.tensors.keys()].map((name) => parameterName(model.config, name)));
  if (!names.every((name) => available.has(name))) return false;
  const { tensors } = matchParameters(source, model.config, { maskedLm: true });
  for (const name of names) await loadParameter(model, name, { source, tensor: tensors.get(name)! });
  model.parameters.narrow();
  return true;
}

/**
 * Whether a checkpoint has a masked-LM head.
 *
 * @throws {CheckpointError} for a config with which there is none, or for files that are damaged
 */
export async function hasMaskedLm(
  store: Store,
  { dir, config }: { dir: string; config: ModelConfig },
): Promise<boolean> {
  const source = await openWeights(store, dir);
  return matchParameters(source, config, { maskedLm: true }).fresh.length === 0;
}

/** Weights as numbers, whatever they are saved as. */
async function openWeights(store: Store, dir: string): Promise<TensorSource> {
  return widened(await openCheckpoint(store, dir));
}

/** Copies a tensor to a parameter, some rows at a time. */
async function loadParameter(
  { device, parameters }: Model,
  name: string,
  { source, tensor, signal }: { source: TensorSource; tensor: string; signal?: AbortSignal },
): Promise<void> {
  await yieldToHost(signal);
  const { dtype, shape: [rows, columns] } = source.tensors.get(tensor)!;
  const write = async (bytes: Uint8Array<ArrayBuffer>, firstRow: number) => {
    if (dtype === "F32") parameters.write(name, new Float32Array(bytes.buffer), firstRow);
    else {
      const format = HALVES[dtype as "F16"];
      parameters.writeHalves(name, new Uint16Array(bytes.buffer), { format, firstRow });
    }
    await afterUpload(device, bytes.byteLength);
  };
  if (columns === undefined) return await write(await source.read(tensor), 0);
  const together = rowsARead(BYTES_PER_ELEMENT[dtype] * columns);
  for (let row = 0; row < rows; row += together) {
    await yieldToHost(signal);
    await write(await source.readRows(tensor, row, Math.min(rows, row + together)), row);
  }
}

function rowsARead(bytesARow: number): number {
  return aligned(Math.max(1, Math.floor(READ_BYTES / bytesARow)));
}

/**
 * Takes what loading weights takes beside the parameters: the largest piece of 16-bit floats, which the
 * device widens; codes are widened before they go there.
 */
export function rehearseLoading({ device, parameters }: Model): void {
  const words = Array.from(
    parameters,
    ({ shape: [rows, columns] }) => Math.ceil(Math.min(rows, rowsARead(2 * columns)) * columns / 2),
  );
  device.free(device.allocate("u32", Math.max(...words), "weights to widen"));
}

/** The kernel's names of the 16-bit dtypes. */
const HALVES = { F16: "f16", BF16: "bf16" } as const;
