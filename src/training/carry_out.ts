import { endedBy } from "../device/yield_to_host.ts";
import type { RunInput } from "./input.ts";
import { inOwnFolder, RunFolder } from "./run_folder.ts";

/** A run that trains, ready to begin or to go on. */
export interface Run<Result> {
  /** Runs what is left; throws the signal's reason where that comes before the end. */
  complete(): Promise<Result>;
  /** Saves where it stands, so that it can be resumed, and says how far it came. */
  interrupt(): Promise<Result>;
  /** Gives its memory back. */
  free(): void;
}

/**
 * Gets a run ready and carries it out to its end, or to where the signal ends it: then there is a state to
 * resume from, whatever the signal came into. Nobody else writes to its folder meanwhile.
 *
 * @param run `unbegun` is what it came to if it ends while it gets ready
 * @throws {LacunaError} if somebody else writes to the folder
 * @throws {TrainingError} if it ends while it gets ready, and the folder has the state of another run
 */
export async function carryOut<Result>(
  input: Pick<RunInput<never>, "out" | "lock" | "resumable" | "resume" | "signal">,
  run: {
    /** Leaves nothing behind where it throws. */
    readonly open: () => Promise<Run<Result>>;
    readonly unbegun: Result;
  },
): Promise<Result> {
  return await inOwnFolder(input, async () => {
    const opened = await openUnlessAborted(input, run.open);
    if (!opened) return run.unbegun;
    try {
      return await opened.complete();
    } catch (error) {
      if (!endedBy(input.signal, error)) throw error;
      return await opened.interrupt();
    } finally {
      opened.free();
    }
  });
}

async function openUnlessAborted<Result>(
  { out, resumable, resume = false, signal }: Parameters<typeof carryOut>[0],
  open: () => Promise<Run<Result>>,
): Promise<Run<Result> | undefined> {
  try {
    return await open();
  } catch (error) {
    if (!endedBy(signal, error)) throw error;
    await new RunFolder(out, { resumed: resume, states: resumable }).saveUnbegun();
  }
}
