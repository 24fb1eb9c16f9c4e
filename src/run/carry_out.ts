import { endedBy } from "../device/yield_to_host.ts";
import type { Model } from "../model/model.ts";
import type { RunInput } from "./input.ts";
import { inOwnFolder, RunFolder } from "./run_folder.ts";
import type { Teaching } from "./teaching.ts";

/** A run that trains, over a model that is its own. */
export interface Run<Result> {
  /** Brings a resumed run to where it stood, and tells that it begins. */
  begin(): Promise<void>;
  /** Runs what is left; throws the signal's reason where that comes before the end. */
  complete(): Promise<Result>;
  /** Saves where it stands, so that it can be resumed, and says how far it came. */
  interrupt(): Promise<Result>;
  /** Gives what it took beside the model back. */
  free(): void;
}

/** What getting ready took on the device. */
interface Taken {
  readonly model: Model;
  readonly teaching?: Teaching;
}

/**
 * Gets a run ready and carries it out to its end, or to where the signal ends it: then there is a state to
 * resume from, whatever the signal came into. Nobody else writes to its folder meanwhile.
 *
 * @param steps `prepare` checks the input and opens the model, and leaves nothing behind where it throws;
 * `run` takes what the run needs besides; `unbegun` is what the run came to if it ends while it gets ready
 * @throws {LacunaError} if somebody else writes to the folder
 * @throws {TrainingError} if it ends while it gets ready, and the folder has the state of another run
 */
export async function carryOut<Prepared extends Taken, Result>(
  input: Pick<RunInput<never>, "out" | "lock" | "resumable" | "resume" | "signal">,
  steps: {
    readonly prepare: () => Promise<Prepared>;
    readonly run: (prepared: Prepared) => Run<Result>;
    readonly unbegun: Result;
  },
): Promise<Result> {
  return await inOwnFolder(input, async () => {
    const opened = await unlessAborted(input, () => open(steps));
    if (!opened) return steps.unbegun;
    try {
      return await opened.run.complete();
    } catch (error) {
      if (!endedBy(input.signal, error)) throw error;
      return await opened.run.interrupt();
    } finally {
      opened.free();
    }
  });
}

/** A run that has begun, and what gives back everything it took. */
async function open<Prepared extends Taken, Result>(
  { prepare, run: make }: {
    readonly prepare: () => Promise<Prepared>;
    readonly run: (prepared: Prepared) => Run<Result>;
  },
): Promise<{ readonly run: Run<Result>; free(): void }> {
  const prepared = await prepare();
  let run: Run<Result> | undefined;
  const free = () => {
    run?.free();
    prepared.model.free();
    prepared.teaching?.free();
  };
  try {
    run = make(prepared);
    await run.begin();
    return { run, free };
  } catch (error) {
    free();
    throw error;
  }
}

/** What `open` gives; undefined where the signal came before, and then there is a state to resume from. */
async function unlessAborted<Opened>(
  { out, resumable, resume = false, signal }: Pick<
    RunInput<never>,
    "out" | "resumable" | "resume" | "signal"
  >,
  open: () => Promise<Opened>,
): Promise<Opened | undefined> {
  try {
    return await open();
  } catch (error) {
    if (!endedBy(signal, error)) throw error;
    await new RunFolder(out, { resumed: resume, states: resumable }).saveUnbegun();
  }
}
