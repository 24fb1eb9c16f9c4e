/** Milliseconds that work may keep the thread. */
const LONGEST_TURN = 50;

let turnBegan = performance.now();

/**
 * Lets signals, timers and messages through where work has kept the thread for a while. Awaiting a device is not enough:
 * where it computes on this thread its promises are fulfilled already, and where it does not the host may enqueue for
 * long without waiting, so nothing but the work gets a turn.
 *
 * @throws the signal's reason, if it is aborted: {@linkcode endedBy} knows it
 */
export async function yieldToHost(signal?: AbortSignal): Promise<void> {
  if (performance.now() - turnBegan >= LONGEST_TURN) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    turnBegan = performance.now();
  }
  if (signal?.aborted) throw signal.reason;
}

/** Whether an error is none, but the signal's: what threw it was to end. */
export function endedBy(signal: AbortSignal | undefined, error: unknown): boolean {
  return signal !== undefined && signal.aborted && error === signal.reason;
}
