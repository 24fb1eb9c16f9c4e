/** Milliseconds that work may keep the thread. */
const LONGEST_TURN = 50;

let turnBegan = performance.now();

/**
 * Lets signals, timers and messages through where work has kept the thread for a while. Awaiting a device that computes
 * on this thread is not enough: its promises are fulfilled already, so nothing but the work gets a turn.
 */
export async function yieldToHost(): Promise<void> {
  if (performance.now() - turnBegan < LONGEST_TURN) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  turnBegan = performance.now();
}
