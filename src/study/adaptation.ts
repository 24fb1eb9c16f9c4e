import type { ComputeDevice } from "../device/device.ts";
import { TrainingError } from "../errors.ts";
import { surveyText, type TextFile } from "../pretraining/corpus.ts";
import type { PretrainingEvent } from "../pretraining/events.ts";
import { pretrain } from "../pretraining/pretrain.ts";
import { joinPath, readText, writeAtomic } from "../store/store.ts";
import { fingerprint } from "../training/fingerprint.ts";
import type { Place } from "../training/input.ts";
import { STATE_FILE } from "../training/state.ts";
import type { Checkpoint } from "./input.ts";
import type { Adaptation } from "./plan.ts";

/** Written last, so a folder with it holds a finished adaptation. */
const MARK = "adaptation.json";

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
 * Adapts a checkpoint to raw text of a language by span-masked language modelling, once: all arms begin from the result.
 * What is finished is kept, what was interrupted goes on.
 *
 * @throws the signal's reason, if it is aborted
 * @throws {TrainingError} if the folder holds another adaptation
 */
export async function adapt(input: AdaptationInput): Promise<Checkpoint> {
  const { checkpoint, text, adaptation, out, openDevice, signal, onEvent } = input;
  const { store, dir } = out;
  const { hash: textHash } = await surveyText(text, "unlabelled text", { signal });
  const identity = JSON.stringify({ model: checkpoint.hash, text: textHash, ...adaptation });
  const adapted = { name: checkpoint.name, hash: fingerprint(identity), start: { store, dir } };
  const mark = joinPath(dir, MARK);
  if (await store.exists(mark)) {
    const found = await readText(store, mark);
    if (found === identity) return adapted;
    throw new TrainingError(
      `${store.locate(mark)}: expected the adaptation ${identity}, found ${found}: ` +
        "go on as the grid began, or begin another one in another folder",
    );
  }
  const device = await openDevice();
  try {
    const { status } = await pretrain({
      device,
      start: checkpoint.start,
      out,
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
  await writeAtomic(store, mark, (sink) => sink.write(new TextEncoder().encode(identity)));
  return adapted;
}
