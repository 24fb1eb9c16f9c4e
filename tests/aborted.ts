/** Signals for tests of what is to end in the middle. */

/**
 * A signal that is aborted when it is looked at for the `k`-th time, from 0. What a run does lies between two
 * looks, so with every `k` it is ended everywhere.
 */
export function abortedAtLook(k: number): AbortSignal {
  let looks = 0;
  const reason = new Error(`aborted at look ${k}`);
  return new Proxy(new AbortController().signal, {
    get(target, name) {
      if (name === "aborted") return looks++ >= k;
      return name === "reason" ? reason : Reflect.get(target, name);
    },
  });
}

/** A signal that is aborted when a run tells of its step number `step`, from 1, or before the run for 0. */
export function abortedAtStep(
  step: number,
): { signal: AbortSignal; onEvent: (event: { type: string; step?: number }) => void } {
  const controller = new AbortController();
  if (step === 0) controller.abort();
  return {
    signal: controller.signal,
    onEvent: (event) => event.type === "step" && event.step === step && controller.abort(),
  };
}
