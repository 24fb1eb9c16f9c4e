/**
 * The thread in turns: whoever has much to do here does it in turns of a short time, and in between signals,
 * timers, messages and the drawing of a page have theirs.
 *
 * @module
 */

/** Milliseconds of a turn. What is begun in it is finished in it, so that one lasts a little longer. */
const LONGEST_TURN = 40;

let began = performance.now();

/** Whether this turn has lasted long enough. */
export function turnIsOver(): boolean {
  return performance.now() - began >= LONGEST_TURN;
}

/** Begins `work` with a turn of its own; the function that is returned calls it off. */
export function inNextTurn(work: () => void): () => void {
  // A message would come sooner than a timer, but on Deno messages leave timers and signals no turn.
  const timer = setTimeout(() => {
    began = performance.now();
    work();
  }, 0);
  return () => clearTimeout(timer);
}
