import type { ComputeDevice } from "../device/device.ts";
import { TrainingError } from "../errors.ts";
import { surveyText, type TextFile } from "../pretraining/corpus.ts";
import type { PretrainingEvent } from "../pretraining/events.ts";
import { pretrain } from "../pretraining/pretrain.ts";
import { joinPath, readText, writeText } from "../store/store.ts";
import { fingerprint } from "../run/fingerprint.ts";
import type { Place } from "../run/input.ts";
import { STATE_FILE } from "../run/state.ts";
import type { Checkpoint } from "./input.ts";
import type { Adaptation } from "./plan.ts";

/** Written last, so a folder with it holds a finished adaptation. */
const MARK = "adaptation.txt";

/** What is adapted, to what, and how. */
export interface AdaptationInput {
  readonly checkpoint: Checkpoint;
  readonly text: readonly TextFile[];
  readonly adaptation: Adaptation;
  /** The folder of the adapted checkpoint, of this adaptation alone. */
  readonly out: Place;
  /** Opened only if there is something to do. */
  readonly openDevice: () => Promise<ComputeDevice>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PretrainingEvent) => void;
}

/**
 * Adapts a checkpoint to raw text of a language by span-masked language modelling, once: all arms begin from
 * the result. What is finished is kept, what was interrupted goes on.
 *
 * @throws the signal's reason, if it is aborted
 * @throws {TrainingError} if the folder holds another adaptation
 */
export async function adapt(input: AdaptationInput): Promise<Checkpoint> {
  const { checkpoint, text, adaptation, out: { store, dir }, openDevice, signal, onEvent } = input;
  const adapted = await adaptedCheckpoint(input);
  if (await isAdapted(input.out)) return adapted;
  const device = await openDevice();
  try {
    const { status } = await pretrain({
      device,
      start: checkpoint.start,
      out: { store, dir },
      text,
      settings: adaptation,
      resume: await store.exists(joinPath(dir, STATE_FILE)),
      allowInexact: true,
      signal,
      onEvent,
    });
    if (status === "interrupted") throw signal!.reason;
  } finally {
    device.destroy();
  }
  await writeText(store, joinPath(dir, MARK), adapted.hash);
  return adapted;
}

/** Whether a folder holds a finished adaptation. */
export async function isAdapted({ store, dir }: Place): Promise<boolean> {
  return await store.exists(joinPath(dir, MARK));
}

/**
 * The checkpoint that an adaptation results in, or will result in.
 *
 * @throws {TrainingError} if the folder holds another adaptation
 */
export async function adaptedCheckpoint(
  { checkpoint, text, adaptation, out: { store, dir }, signal }: Omit<AdaptationInput, "openDevice">,
): Promise<Checkpoint> {
  const { hash: textHash } = await surveyText(text, "unlabelled text", { signal });
  const hash = fingerprint({ model: checkpoint.hash, text: textHash, ...adaptation });
  const mark = joinPath(dir, MARK);
  if (await store.exists(mark) && await readText(store, mark) !== hash) {
    throw new TrainingError(
      `${store.locate(mark)}: expected this adaptation, found one with another model, text or settings: ` +
        "go on as the grid began, or begin another one in another folder",
    );
  }
  return { name: checkpoint.name, hash, start: { store, dir } };
}
