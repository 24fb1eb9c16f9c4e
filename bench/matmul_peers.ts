import { calibrate, showCalibration } from "./calibration.ts";
import { deviceArguments } from "./device.ts";
import { alternate, type Command, own } from "./process.ts";
import { ratios, show, spread } from "./statistics.ts";
import { table } from "./table.ts";

/** What is compared. */
export interface Comparison {
  /** Numbers of threads, each for every contender. */
  readonly threads: readonly number[];
  /** Runs of every contender. */
  readonly rounds: number;
  /** Adds our device with this BLAS. */
  readonly blas?: string;
  readonly json: boolean;
}

/** Gigaflop of one product of 512 x 768 x 768. */
const GIGAFLOP = 2 * 512 * 768 * 768 / 1e9;

/** A contender's line: ours has a row for each form, of which there is one here. */
type Result = { median: number } | { rows: [{ median: number }] };

/** Runs every contender in turns and prints medians over the rounds, and how many times as fast we are. */
export async function comparePeers({ threads, rounds, blas, json }: Comparison): Promise<void> {
  const calibration = await calibrate(Math.max(...threads));
  if (!json) console.log(showCalibration(calibration));
  const tables = [];
  for (const count of threads) {
    const results = await alternate<Result>(contenders(count, blas), {
      rounds,
      onResult: (name, round, result) =>
        console.error(
          `${round}/${rounds} ${name}, threads: ${count}: ${millisecondsOf(result).toFixed(2)} ms`,
        ),
    });
    const milliseconds = new Map([...results].map(([name, all]) => [name, all.map(millisecondsOf)]));
    tables.push(...[...milliseconds].map(([name, theirs]) => ({
      name,
      threads: count,
      milliseconds: spread(theirs),
      gigaflops: spread(theirs.map((time) => GIGAFLOP / time * 1000)),
      ratio: ratios(theirs, milliseconds.get(OURS)!),
      ...(blas && { ratioBlas: ratios(theirs, milliseconds.get(OURS_BLAS)!) }),
    })));
  }
  if (json) return console.log(JSON.stringify({ calibration, rounds, contenders: tables }));
  console.log(table(tables.map(({ name, threads, milliseconds, gigaflops, ratio, ratioBlas }) => ({
    "512 x 768 x 768, f32": name,
    threads: String(threads),
    milliseconds: show(milliseconds, 2),
    "GFLOP/s": show(gigaflops, 1),
    [`${OURS}: times as fast`]: show(ratio, 2),
    ...(ratioBlas && { [`${OURS_BLAS}: times as fast`]: show(ratioBlas, 2) }),
  }))));
  console.log(showCalibration(await calibrate(Math.max(...threads))));
}

const OURS = "Lacuna";
const OURS_BLAS = "Lacuna, BLAS";

function contenders(threads: number, blas?: string): Map<string, Command> {
  const ours = (blas?: string): Command =>
    own("matmul.ts", "--forms", "NN", "--json", ...deviceArguments({ device: "cpu", threads, blas }));
  const peer = (file: string) => new URL(`peers/${file}`, import.meta.url).pathname;
  const count = ["--threads", String(threads)];
  return new Map<string, Command>([
    [OURS, ours()],
    ...(blas === undefined ? [] : [[OURS_BLAS, ours(blas)] as const]),
    ["jax-js, wasm", own("peers/matmul_jax.mjs", ...count)],
    ["tfjs, wasm", ["node", peer("matmul_tfjs.mjs"), ...count]],
    ["onnxruntime-node, cpu", ["node", peer("matmul_onnxruntime.mjs"), ...count]],
  ]);
}

function millisecondsOf(result: Result): number {
  return "rows" in result ? result.rows[0].median : result.median;
}
