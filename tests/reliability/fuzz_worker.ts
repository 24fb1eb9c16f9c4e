/** A thread that fuzzes, so that another one sees when it hangs. */

import { fuzz } from "./fuzz.ts";
import type { WatchedAnswer, WatchedTask } from "./watched_fuzz.ts";

const worker = self as unknown as {
  onmessage: (message: MessageEvent<WatchedTask>) => void;
  postMessage(answer: WatchedAnswer): void;
};

worker.onmessage = async ({ data: { name, options, begun } }) => {
  try {
    worker.postMessage({ figures: await fuzz(name, options, () => Atomics.add(begun, 0, 1)) });
  } catch (error) {
    worker.postMessage({ fault: error instanceof Error ? error.stack ?? error.message : String(error) });
  }
};
