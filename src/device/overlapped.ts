import type { Device } from "./device.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { yieldToHost } from "./yield_to_host.ts";

/**
 * Results of `start` for each item, in order. The next item is started before the result of the one before is
 * awaited, so that the device has work while the host looks at results.
 *
 * @throws the signal's reason, if it is aborted; what the device was given is withdrawn then
 */
export async function* overlapped<T, R>(
  items: Iterable<T>,
  start: (item: T) => Promise<R>,
  { device, signal }: { readonly device: Pick<Device, "withdrawable">; readonly signal?: AbortSignal },
): AsyncGenerator<R> {
  const begin = (item: T) => {
    const { result, withdraw } = device.withdrawable(() => start(item));
    result.catch(() => {}); // a failure is told when its turn comes
    return { result, withdraw };
  };
  let previous: ReturnType<typeof begin> | undefined;
  let current: typeof previous;
  try {
    for (const item of items) {
      await yieldToHost(signal);
      current = begin(item);
      if (previous) yield await unlessAborted(previous.result, signal);
      previous = current;
    }
    await yieldToHost(signal);
    if (previous) yield await unlessAborted(previous.result, signal);
  } catch (error) {
    for (const work of [previous, current]) work?.withdraw();
    await Promise.allSettled([previous?.result, current?.result]); // so that nothing stays taken
    throw error;
  }
}
