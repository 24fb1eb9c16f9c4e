/**
 * What a device can do at most, as tiny kernels on it showed (Williams, Waterman and Patterson, CACM 2009).
 */
export interface Roofline {
  /** Best rate of multiply-adds in registers, in GFLOP/s; a multiply-add is two FLOP. */
  readonly gigaflops: number;
  /** Best rates of copying, by what is read and written in all, ascending: caches first, then memory. */
  readonly copies: readonly CopyRate[];
}

/** Copying one half of so many bytes onto the other. */
export interface CopyRate {
  readonly bytes: number;
  /** GB/s, what is read and what is written counted. */
  readonly rate: number;
}

/** What a case has to do: see kernel_work.ts. */
export interface Work {
  readonly flop: number;
  readonly bytes: number;
}

/** The least time that the roofline leaves to a case, and which roof it is. */
export interface Limit {
  readonly milliseconds: number;
  readonly bound: "compute" | "memory";
}

/** Working sets of which copying is measured: powers of 4 from 512 KiB to 128 MiB. */
export const COPIED_BYTES = [2 ** 19, 2 ** 21, 2 ** 23, 2 ** 25, 2 ** 27];

/**
 * A case is held to the copy rate of the largest measured working set that is not larger than its own bytes:
 * what fits a cache is measured against that cache, and never against less than it could have (Ilic, Pratas
 * and Sousa, CAL 2014).
 */
export function copyRate({ copies }: Roofline, bytes: number): number {
  return (copies.findLast((copy) => copy.bytes <= bytes) ?? copies[0]).rate;
}

/** The roof over a case. */
export function limitOf(roofline: Roofline, { flop, bytes }: Work): Limit {
  const compute = flop / roofline.gigaflops / 1e6;
  const memory = bytes / copyRate(roofline, bytes) / 1e6;
  return compute > memory
    ? { milliseconds: compute, bound: "compute" }
    : { milliseconds: memory, bound: "memory" };
}

/** The best of several measurements: what disturbs a machine only ever makes it slower. */
export function bestOf(rooflines: readonly Roofline[]): Roofline {
  return {
    gigaflops: Math.max(...rooflines.map(({ gigaflops }) => gigaflops)),
    copies: rooflines[0].copies.map(({ bytes }, i) => ({
      bytes,
      rate: Math.max(...rooflines.map(({ copies }) => copies[i].rate)),
    })),
  };
}

/** The line for the person. */
export function showRoofline({ gigaflops, copies }: Roofline): string {
  const rates = copies.map(({ bytes, rate }) => `${rate.toFixed(1)} (${bytes / 2 ** 20} MiB)`);
  return `Limit of this device: ${gigaflops.toFixed(1)} GFLOP/s of multiply-adds; copying, GB/s: ${
    rates.join(", ")
  }`;
}

/** Milliseconds that one measurement of a roof takes, about, and how many there are. */
const SAMPLE = 40;
const SAMPLES = 5;

/**
 * Best rate of something that a queue does, per millisecond.
 *
 * @param run does it so many times and waits for the end
 * @param amount what is done in one time: FLOP or bytes
 */
export async function bestRate(
  run: (times: number) => Promise<void>,
  { amount }: { readonly amount: number },
): Promise<number> {
  const timed = async (times: number) => {
    const start = performance.now();
    await run(times);
    return performance.now() - start;
  };
  let times = 1;
  // The first is a warm-up: pipelines, pages, machine code.
  for (let took = await timed(1); took < SAMPLE; took = await timed(times)) {
    times = Math.ceil(times * Math.min(10, 1.2 * SAMPLE / took));
  }
  let best = 0;
  for (let i = 0; i < SAMPLES; i++) best = Math.max(best, amount * times / await timed(times));
  return best;
}
