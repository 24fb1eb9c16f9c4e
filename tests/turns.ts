const { now } = performance;
let added = 0;

/**
 * Runs something while every look at the clock is later than any turn of the thread, so that whoever looks
 * whether its turn is over finds that it is. `turns` says how many others have begun.
 */
export async function inShortestTurns<T>(run: (turns: () => number) => Promise<T>): Promise<T> {
  const { setTimeout } = globalThis;
  let turns = 0;
  performance.now = () => now.call(performance) + (added += 1000);
  globalThis.setTimeout = ((...given: Parameters<typeof setTimeout>) => {
    turns++;
    return setTimeout(...given);
  }) as typeof setTimeout;
  try {
    return await run(() => turns);
  } finally {
    performance.now = () => now.call(performance) + added; // a clock never goes back
    globalThis.setTimeout = setTimeout;
  }
}
