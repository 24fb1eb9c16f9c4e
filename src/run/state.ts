import type { Parameter } from "../autograd/tensor.ts";
import { fromFloat32, type TensorSource, type TensorToWrite, toFloat32 } from "../checkpoint/safetensors.ts";
import {
  isTrainingStateFile,
  type JsonValue,
  readTrainingState,
  writeTrainingState,
} from "../checkpoint/training_state.ts";
import { isMatmulTable, showTable } from "../../kernels/matmul_variants.ts";
import { afterUpload } from "../device/after_upload.ts";
import { PIECE, readPieces } from "../device/read_pieces.ts";
import { type Device, slice, type Variants, type View } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { TrainingError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { Message, message, setting } from "../message.ts";
import type { Model } from "../model/model.ts";
import type { AdamW } from "../optim/adamw.ts";
import { joinPath, type Store } from "../store/store.ts";
import type { Place } from "./input.ts";
import type { WeightMean } from "./weight_mean.ts";

/**
 * What a state says of a run that ended before its first step: to resume it is to begin it, whatever it is.
 */
const UNBEGUN = { unbegun: true } as const;

/** What a state belongs to; a run resumes from it only with the same. */
export interface RunIdentity<Settings extends object = object> {
  readonly settings: Settings;
  /** Hash of everything that is trained and evaluated on. */
  readonly data: string;
  /** Hash of config.json and tokenizer.json, which decide what sentences become. */
  readonly model: string;
  readonly device: string;
  /** The kernels that the device took where it has several. */
  readonly variants: Variants;
}

/** Name of the state file in a run's folder. */
export const STATE_FILE = "training_state.safetensors";

const VALUES = "parameters.";
const FIRST = "first_moments.";
const SECOND = "second_moments.";
const SUMS = "sums.";
const SCALING = "loss_scaling";

/** Everything that a state holds; `progress` is plain JSON. */
export interface RunState {
  readonly model: Model;
  readonly optimizer: AdamW;
  /** Where weights are averaged. */
  readonly mean?: WeightMean;
  readonly progress: object;
  readonly identity: RunIdentity;
}

/** Writes the state of a run: one file, which appears whole or not at all. */
export async function saveState(
  store: Store,
  path: string,
  { model, optimizer, mean, progress, identity }: RunState,
): Promise<void> {
  const tensors: TensorToWrite[] = [];
  for (const parameter of model.parameters) {
    const { name, shape } = parameter;
    for (const [prefix, views] of viewsOf(parameter, { optimizer, mean })) {
      const bytes = () => bytesOf(model.device, views);
      tensors.push({ name: prefix + name, dtype: "F32", shape, bytes });
    }
  }
  const { scaling } = optimizer;
  if (scaling) {
    const bytes = () => bytesOf(model.device, [scaling]);
    tensors.push({ name: SCALING, dtype: "F32", shape: [scaling.length], bytes });
  }
  const state = { progress, identity } as unknown as JsonValue;
  await writeTrainingState(store, path, { tensors, state });
}

/** Writes the state of a run that ended before its first step. */
export async function saveUnbegun(store: Store, path: string): Promise<void> {
  await writeTrainingState(store, path, { tensors: [], state: UNBEGUN });
}

/**
 * Whether the run whose state is in a folder has done a step, so that to resume it is to go on; also where
 * there is no state, which is for {@linkcode readProgress} to say.
 *
 * @throws {CheckpointError} for a damaged file
 */
export async function hasBegun({ store, dir }: Place): Promise<boolean> {
  const path = joinPath(dir, STATE_FILE);
  return !await store.exists(path) || !isUnbegun((await readTrainingState(store, path)).state);
}

function isUnbegun(state: JsonValue): boolean {
  return (state as { unbegun?: unknown } | null)?.unbegun === true;
}

/**
 * Refuses a file that a state would replace and that is none.
 *
 * @throws {CheckpointError} naming it
 */
export async function checkState(store: Store, path: string): Promise<void> {
  if (!await store.exists(path) || await isTrainingStateFile(store, path)) return;
  throw refusal(store.locate(path), {
    expected: "no such file, or the state of a run",
    found: "another file, which would be lost",
    advice: "move it away, or train into another folder",
  });
}

/**
 * What the interrupted run in a folder computed with, so that the device to resume it on can be opened with
 * the same kernels; undefined where there is no state of a run. Kernels that this version does not have are
 * left out.
 *
 * @throws {CheckpointError} for a damaged file
 */
export async function readVariants(
  { store, dir }: Place,
): Promise<{ readonly device: string; readonly variants: Variants } | undefined> {
  const path = joinPath(dir, STATE_FILE);
  if (!await store.exists(path)) return undefined;
  const { state } = await readTrainingState(store, path);
  const identity = (state as unknown as { identity?: Partial<RunIdentity> } | null)?.identity;
  if (identity?.device === undefined) return undefined;
  const matmul = identity.variants?.matmul;
  return { device: identity.device, variants: isMatmulTable(matmul) ? { matmul } : {} };
}

/**
 * Reads where a run stood, and checks that it is this run; undefined for one that ended before its first
 * step.
 *
 * @throws {TrainingError} if settings, data, model, device or its kernels are others
 */
export async function readProgress<P extends object, Settings extends object>(
  store: Store,
  path: string,
  { identity, allowInexact }: { identity: RunIdentity<Settings>; allowInexact: boolean },
): Promise<{ progress: P; tensors: TensorSource } | undefined> {
  const file = store.locate(path);
  if (!await store.exists(path)) {
    throw new TrainingError(
      new Message(
        `${file}: expected the state of an interrupted run, to resume it, found none: `,
        message`begin without ${setting("resume")}`,
      ),
    );
  }
  const { tensors, state } = await readTrainingState(store, path);
  if (isUnbegun(state)) return undefined;
  const found = state as unknown as { progress?: P; identity?: RunIdentity<Settings> } | null;
  if (!found?.progress || !found.identity?.settings) {
    throw new TrainingError(
      new Message(
        `${file}: expected the progress and the settings of a run, found a state without them: `,
        message`begin without ${setting("resume")}`,
      ),
    );
  }
  for (const name of Object.keys(identity.settings) as (keyof Settings)[]) {
    const [was, is] = [found.identity.settings[name], identity.settings[name]];
    if (was !== is) {
      throw new TrainingError(
        new Message(
          message`${file}: expected ${setting(String(name), String(was))}, with which this run began, `,
          `but found ${is}: resume with the same settings, `,
          message`or begin again without ${setting("resume")}`,
        ),
      );
    }
  }
  if (found.identity.data !== identity.data) {
    throw new TrainingError(
      new Message(
        `${file}: expected the sentences with which this run began but found others: `,
        message`resume with the same files, or begin again without ${setting("resume")}`,
      ),
    );
  }
  if (found.identity.model !== identity.model) {
    throw new TrainingError(
      new Message(
        `${file}: expected the model with which this run began but found one with another config or tokenizer: `,
        message`resume with the same ${setting("model")}, or begin again without ${setting("resume")}`,
      ),
    );
  }
  if (found.identity.device !== identity.device && !allowInexact) {
    throw new TrainingError(
      new Message(
        `${file}: this run began on ${found.identity.device} and would go on on ${identity.device}, `,
        message`which rounds differently: use ${setting("allowInexact")} to go on all the same`,
      ),
    );
  }
  checkVariants(file, { found: found.identity, identity, allowInexact });
  return { progress: found.progress, tensors };
}

/** Refuses other kernels on the same device; those of another one say nothing. */
function checkVariants(
  file: string,
  { found, identity, allowInexact }: {
    found: RunIdentity;
    identity: RunIdentity;
    allowInexact: boolean;
  },
): void {
  const [was, is] = [found, identity].map(({ variants }) =>
    variants?.matmul ? showTable(variants.matmul) : "of no name"
  );
  if (was === is || found.device !== identity.device || allowInexact) return;
  throw new TrainingError(
    new Message(
      `${file}: this run began with the matmul kernels ${was} and would go on with ${is}, which round differently: `,
      message`resume with the same ${setting("matmul")}, `,
      message`or use ${setting("allowInexact")} to go on all the same`,
    ),
  );
}

/**
 * Gives model, optimiser and the mean of weights, where there is one, the values of a state.
 *
 * @throws the signal's reason, if it is aborted: some values are restored then
 */
export async function restore(
  tensors: TensorSource,
  { model, optimizer, mean, signal }: Pick<RunState, "model" | "optimizer" | "mean"> & {
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const { device, parameters } = model;
  for (const parameter of parameters) {
    const { name, parts, shape } = parameter;
    const columns = shape[1];
    for (const [prefix, views] of viewsOf(parameter, { optimizer, mean })) {
      checkTensor(tensors, prefix + name, shape);
      for (const [i, { firstRow, rows }] of parts.entries()) {
        const together = Math.max(1, Math.floor(PIECE / columns));
        for (let row = 0; row < rows; row += together) {
          await yieldToHost(signal);
          const end = Math.min(rows, row + together);
          const bytes = await tensors.readRows(prefix + name, firstRow + row, firstRow + end);
          device.upload(slice(views[i], row * columns, (end - row) * columns), toFloat32("F32", bytes));
          await afterUpload(device, 4 * rows * columns);
        }
      }
    }
  }
  parameters.narrow();
  const { scaling } = optimizer;
  if (!scaling) return;
  checkTensor(tensors, SCALING, [scaling.length]);
  device.upload(scaling, toFloat32("F32", await tensors.read(SCALING)));
}

/**
 * Refuses a tensor that is not as this run has it: what else the state says has fitted, so it was changed.
 */
function checkTensor({ file, tensors }: TensorSource, tensor: string, shape: readonly number[]): void {
  const found = tensors.get(tensor);
  const fits = found?.dtype === "F32" && found.shape.length === shape.length &&
    found.shape.every((length, i) => length === shape[i]);
  if (fits) return;
  throw refusal(file, {
    tensor,
    expected: `F32 ${quote(shape)}, as this run has it`,
    found: found ? `${found.dtype} ${quote(found.shape)}` : "none",
    advice: "the file is damaged: start the run anew",
  });
}

/** The tensors of a parameter, by the beginning of their names: where each lies, part by part. */
function viewsOf(
  { parts, trainable }: Parameter,
  { optimizer, mean }: Pick<RunState, "optimizer" | "mean">,
): [prefix: string, views: View[]][] {
  const { moments } = optimizer;
  const partsIn = (viewOf: (arena: number) => View) =>
    parts.map(({ arena, values }) => slice(viewOf(arena), values.offset, values.length));
  const views: [prefix: string, views: View[]][] = [[VALUES, parts.map(({ values }) => values)]];
  if (!trainable) return views;
  views.push([FIRST, partsIn((arena) => moments[arena]!.first)]);
  views.push([SECOND, partsIn((arena) => moments[arena]!.second)]);
  if (mean) views.push([SUMS, partsIn((arena) => mean.sums[arena]!)]);
  return views;
}

async function* bytesOf(device: Device, views: readonly View[]): AsyncGenerator<Uint8Array> {
  for await (const values of readPieces(device, views)) yield fromFloat32("F32", values);
}
