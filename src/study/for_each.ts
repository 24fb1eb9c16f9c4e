/**
 * Calls `action` for each item, in order, at most `jobs` at a time. The first error ends all, and is thrown.
 */
export async function forEach<Item>(
  items: readonly Item[],
  { jobs, signal }: { jobs: number; signal?: AbortSignal },
  action: (item: Item, context: { job: number; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const ended = AbortSignal.any(signal ? [signal, failed.signal] : [failed.signal]);
  let next = 0;
  const worker = async (job: number) => {
    while (next < items.length) {
      ended.throwIfAborted();
      await action(items[next++], { job, signal: ended });
    }
  };
  const workers = Array.from(
    { length: Math.min(jobs, items.length) },
    (_, job) =>
      worker(job + 1).catch((error) => {
        failed.abort(error); // the first one is the reason
        throw error;
      }),
  );
  await Promise.allSettled(workers);
  ended.throwIfAborted();
}
