/**
 * Lets the thread that imports this sleep for up to 3 milliseconds at one in some hundred of its steps in the
 * ring.
 */

const asleep = new Int32Array(new SharedArrayBuffer(4));

function afterALag<F extends (...args: never[]) => unknown>(step: F, share: number): F {
  return ((...args: Parameters<F>) => {
    if (Math.random() < share) Atomics.wait(asleep, 0, 0, 3 * Math.random());
    return step(...args);
  }) as F;
}

Atomics.add = afterALag(Atomics.add as never, 1 / 200);
Atomics.store = afterALag(Atomics.store as never, 1 / 100);
// A worker that has nothing to do looks at the ring thousands of times.
Atomics.load = afterALag(Atomics.load as never, 1 / 5000);
