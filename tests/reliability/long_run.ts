/** The memory of a process that trains for many steps. */

import { fromFileUrl } from "@std/path";

/** What the process says. */
export interface LongRun {
  readonly device: string;
  /** Bytes of the process (RSS) before the run, after a small one on the same device. */
  readonly before: number;
  /** Bytes of device memory that the run announced as its most. */
  readonly bound: number;
  /** Bytes of the process, evenly over the steps. */
  readonly samples: readonly number[];
  /** The same at the end of each tenth of the steps, without what is free in the runtime's heap. */
  readonly collected: readonly number[];
}

/** What is trained on, and how long. */
export interface LongRunOptions {
  readonly device: "cpu" | "webgpu";
  readonly threads: number;
  readonly steps: number;
  /** Rows of the embeddings, 128 wide, of which the run has four copies: half a KiB each. */
  readonly vocabulary: number;
}

/** How memory behaved. */
export interface LongRunFigures extends LongRun {
  /** What the run took at most beside the process before it, as a share of the bound. */
  readonly share: number;
  /**
   * By how much the process grew or shrank over the last nine tenths of the steps, as a share: the distance
   * between the most and the least that it had when garbage was just collected.
   */
  readonly drift: number;
}

const program = fromFileUrl(new URL("long_process.ts", import.meta.url));

/** Trains in a process of its own. */
export async function longRun(
  { device, threads, steps, vocabulary }: LongRunOptions,
): Promise<LongRunFigures> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command("deno", {
      args: [
        ...[
          "run",
          "--v8-flags=--expose-gc",
          "--no-check",
          "--no-prompt",
          "--allow-read",
          "--allow-write",
          program,
        ],
        ...[device, `${threads}`, `${steps}`, `${vocabulary}`, folder],
      ],
    }).output();
    const text = new TextDecoder();
    if (code !== 0) throw new Error(text.decode(stderr));
    const run: LongRun = JSON.parse(text.decode(stdout));
    return { ...run, ...figuresOf(run) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @see {@linkcode LongRunFigures} */
export function figuresOf(
  { before, bound, samples, collected }: Omit<LongRun, "device">,
): { share: number; drift: number } {
  const [least, most] = [Math.min(...collected), Math.max(...collected)];
  return { share: (Math.max(...samples) - before) / bound, drift: (most - least) / least };
}
