/**
 * How fast the machine is at the moment: plain JavaScript, 256 x 256 x 256, on one thread and on several, in
 * GFLOP/s. Nothing of ours or of a peer's runs there, so a low figure means a busy or slow machine; several
 * threads make as many times the figure of one where the cores are free.
 */
export interface Calibration {
  readonly one: number;
  readonly all: number;
  readonly threads: number;
  /** Processes that wanted a core in the last minute, on average. */
  readonly load: number;
}

/** Measures for half a second each. */
export async function calibrate(threads: number): Promise<Calibration> {
  const load = Deno.loadavg()[0];
  return { one: await gigaflops(1), all: await gigaflops(threads), threads, load };
}

/** The line for the person. */
export function showCalibration({ one, all, threads, load }: Calibration): string {
  return `Calibration, plain JavaScript matmul: ${one.toFixed(2)} GFLOP/s on 1 thread, ${
    all.toFixed(2)
  } on ` +
    `${threads}; load of the last minute ${load.toFixed(2)}`;
}

async function gigaflops(threads: number): Promise<number> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL("calibration_worker.ts", import.meta.url), { type: "module" }),
  );
  const speeds = await Promise.all(workers.map((worker) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(500);
    return promise;
  }));
  for (const worker of workers) worker.terminate();
  return speeds.reduce((sum, speed) => sum + speed, 0);
}
