import type { FuzzFigures, FuzzOptions } from "./fuzz.ts";
import type { Fuzzed } from "./fuzz_targets.ts";

/** What the thread has to do. */
export interface WatchedTask {
  readonly name: Fuzzed;
  readonly options: FuzzOptions;
  /** Shared: the number of cases that were begun. */
  readonly begun: Int32Array;
}

/** How it went. */
export type WatchedAnswer = { readonly figures: FuzzFigures } | { readonly fault: string };

/** Milliseconds without a new case after which a thread is given up. */
const LONGEST_SILENCE = 120_000;

/** Does `fuzz` on a thread of its own. @throws also for a case that never ends */
export async function watchedFuzz(name: Fuzzed, options: FuzzOptions): Promise<FuzzFigures> {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("fuzz_worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<WatchedAnswer>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`${name}, seed ${options.seed}: ${event.message}`));
  };
  let [seen, since] = [0, performance.now()];
  const watch = setInterval(() => {
    if (Atomics.load(begun, 0) !== seen) [seen, since] = [Atomics.load(begun, 0), performance.now()];
    else if (performance.now() - since > LONGEST_SILENCE) {
      reject(new Error(`${name}, seed ${options.seed}: case ${seen} does not end`));
    }
  }, 250);
  try {
    worker.postMessage({ name, options, begun } satisfies WatchedTask);
    const answer = await promise;
    if ("fault" in answer) throw new Error(answer.fault);
    return answer.figures;
  } finally {
    clearInterval(watch);
    worker.terminate();
  }
}
