import { inNextTurn, turnIsOver } from "./turns.ts";

/**
 * Lets signals, timers and messages through where work has kept the thread for a while. Awaiting a device is
 * not enough: where it has computed already its promises are fulfilled, and where it has not the host may
 * enqueue for long without waiting, so nothing but the work gets a turn.
 *
 * @throws the signal's reason, if it is aborted: {@linkcode endedBy} knows it
 */
export async function yieldToHost(signal?: AbortSignal): Promise<void> {
  if (turnIsOver()) await new Promise<void>(inNextTurn);
  if (signal?.aborted) throw signal.reason;
}

/** Whether an error is none, but the signal's: what threw it was to end. */
export function endedBy(signal: AbortSignal | undefined, error: unknown): boolean {
  return signal !== undefined && signal.aborted && error === signal.reason;
}
