/**
 * Results of `start` for each item, in order. The next item is started before the result of the one before is awaited, so
 * that the device has work while the host looks at results.
 */
export async function* overlapped<T, R>(
  items: Iterable<T>,
  start: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  let previous: Promise<R> | undefined;
  for (const item of items) {
    const current = start(item);
    current.catch(() => {}); // a failure is told when its turn comes
    if (previous) yield await previous;
    previous = current;
  }
  if (previous) yield await previous;
}
