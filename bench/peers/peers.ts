import type { Console } from "../../src/cli/frame/command.ts";
import { OptionError } from "../../src/errors.ts";
import { calibrate, showCalibration } from "../measure/calibration.ts";
import type { DeviceRequest } from "../measure/device.ts";
import { type PeerCase, productFlop } from "./peer_cases.ts";
import { expectedSamples, faultIn, type Samples } from "./peer_values.ts";
import { type Command, own, runJson } from "../measure/process.ts";
import { bestRatios, ratios, show, type Spread, spread } from "../measure/statistics.ts";
import { table } from "../measure/table.ts";

/** What a contender's process prints: bench/peers/measure.mjs. */
interface Measured {
  readonly name: string;
  readonly milliseconds: number;
  readonly outputs: Samples;
}

/** A contender at a case. */
export interface PeerResult {
  readonly contender: string;
  /** Package and version, or the device. */
  readonly name?: string;
  readonly milliseconds?: Spread;
  /** How many times as fast we are, over the rounds. */
  readonly ratio?: Spread;
  /** Why it has no times: it failed, or computed something else. */
  readonly fault?: string;
}

/** All contenders at a case. */
export interface CaseResult {
  readonly case: string;
  readonly contenders: readonly PeerResult[];
  /**
   * How many times as fast we are as the fastest peer of each round; absent where no peer or ours has no
   * times.
   */
  readonly best?: Spread;
}

const OURS = "Lacuna";

/**
 * Runs all contenders in turns, each run in a process of its own, and compares what they computed with
 * float64. Who fails or is wrong has no times and drops out.
 *
 * @throws {OptionError} if the peers are not installed
 */
export async function comparePeers(
  cases: readonly PeerCase[],
  { request, rounds, console }: {
    readonly request: DeviceRequest;
    readonly rounds: number;
    readonly console: Console;
  },
): Promise<{ readonly calibration: string; readonly rounds: number; readonly cases: readonly CaseResult[] }> {
  const folder = new URL("node_modules", import.meta.url);
  if (!await Deno.stat(folder).catch(() => undefined)) {
    throw new OptionError("Expected the packages of --peers: npm ci --ignore-scripts --prefix bench/peers");
  }
  const calibration = showCalibration(await calibrate(navigator.hardwareConcurrency));
  console.print(calibration);
  const results: CaseResult[] = [];
  for (const [i, work] of cases.entries()) {
    console.progress(`${i + 1}/${cases.length} ${work.name}`);
    results.push(await compareAt(work, { request, rounds, console }));
    console.print(`\n${showCase(work, results.at(-1)!)}`);
  }
  return { calibration, rounds, cases: results };
}

async function compareAt(
  work: PeerCase,
  { request, rounds, console }: { request: DeviceRequest; rounds: number; console: Console },
): Promise<CaseResult> {
  const expected = expectedSamples(work);
  const contenders = contendersOf(work, request);
  const names = new Map<string, string>();
  const milliseconds = new Map(
    [...contenders.keys()].map((contender): [string, number[]] => [contender, []]),
  );
  const faults = new Map<string, string>();
  for (let round = 1; round <= rounds; round++) {
    for (const [contender, command] of contenders) {
      if (faults.has(contender)) continue;
      try {
        const measured = await runJson<Measured>(command);
        const fault = faultIn(measured.outputs, expected);
        if (fault) throw new Error(fault);
        names.set(contender, measured.name);
        milliseconds.get(contender)!.push(measured.milliseconds);
        console.progress(`  ${round}/${rounds} ${contender}: ${measured.milliseconds.toFixed(2)} ms`);
      } catch (error) {
        faults.set(contender, lastLine((error as Error).message));
      }
    }
  }
  const ours = faults.has(OURS) ? undefined : milliseconds.get(OURS)!;
  const peers = [...milliseconds].filter(([name]) => !name.startsWith(OURS) && !faults.has(name));
  return {
    case: work.name,
    contenders: [...contenders.keys()].map((contender) => {
      const fault = faults.get(contender);
      if (fault) return { contender, fault };
      const theirs = milliseconds.get(contender)!;
      return {
        contender,
        name: names.get(contender),
        milliseconds: spread(theirs),
        ...(ours && { ratio: ratios(theirs, ours) }),
      };
    }),
    ...(ours && peers.length > 0 && { best: bestRatios(peers.map(([, theirs]) => theirs), ours) }),
  };
}

/** Who takes part: those who compute on the same device. */
function contendersOf(work: PeerCase, { device, threads, blas }: DeviceRequest): Map<string, Command> {
  const options = (backend: string) => [
    ...["--case", JSON.stringify(work), "--backend", backend],
    ...["--threads", String(threads ?? navigator.hardwareConcurrency)],
  ];
  const inDeno = (file: string, backend: string, ...more: string[]) =>
    own(new URL(file, import.meta.url), ...options(backend), ...more);
  const inNode = (file: string, backend: string): Command => [
    "node",
    new URL(file, import.meta.url).pathname,
    ...options(backend),
  ];
  if (device === "webgpu") {
    return new Map([
      [OURS, inDeno("peer_run.ts", "webgpu")],
      ["jax-js, WebGPU", inDeno("jax.mjs", "webgpu")],
      ["tfjs, WebGPU", inDeno("tfjs.mjs", "webgpu")],
    ]);
  }
  const gradients = work.op === "attention" && work.backward;
  return new Map([
    [OURS, inDeno("peer_run.ts", "cpu")],
    ...(blas === undefined ? [] : [[`${OURS}, BLAS`, inDeno("peer_run.ts", "cpu", "--blas", blas)] as const]),
    ["jax-js, WASM", inDeno("jax.mjs", "wasm")],
    ["tfjs, WASM", inNode("tfjs.mjs", "wasm")],
    // It has no gradients.
    ...(gradients ? [] : [["onnxruntime-node, CPU", inNode("onnxruntime.mjs", "cpu")] as const]),
  ]);
}

/** The case as a table, for the person. */
function showCase(work: PeerCase, { contenders, best }: CaseResult): string {
  const flop = productFlop(work);
  const rows = contenders.map(({ contender, milliseconds, ratio, fault }) => ({
    [work.name]: contender,
    "ms (least-most)": milliseconds ? show(milliseconds, 2) : fault!,
    ...(flop > 0 && { "GFLOP/s": milliseconds ? (flop / milliseconds.median / 1e6).toFixed(1) : "" }),
    [`${OURS} is x times as fast`]: ratio && contender !== OURS ? show(ratio, 2) : "",
  }));
  return [table(rows), ...(best ? [`Beside the fastest peer of each round: ${show(best, 2)}`] : [])].join(
    "\n",
  );
}

/** What a process said at last, which is where its error stands. */
function lastLine(text: string): string {
  return text.trim().split("\n").find((line) => /error/i.test(line)) ?? text.trim().split("\n").at(-1)!;
}
