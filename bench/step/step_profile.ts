import type { PassTime } from "../../src/device/profile.ts";
import { limitOf, type Roofline, type Work as KernelWork } from "../roofline/roofline.ts";
import type { WatchedDevice } from "./watched_device.ts";
import type { Work } from "./step_work.ts";

/** What a turn spends on one op; times in milliseconds. */
export interface OpTimes {
  readonly op: string;
  readonly calls: number;
  readonly passes: number;
  readonly device: number;
  /** Of the device time of all ops; NaN where there is none. */
  readonly share: number;
  /** The host's, to enqueue the calls. */
  readonly host: number;
  /** FLOP and bytes of each call of all turns; none for what moves data only, as uploads. */
  readonly works: readonly KernelWork[];
}

/** The same beside the roofline. */
export interface OpRow extends Omit<OpTimes, "works"> {
  /** The least that the roofline leaves to its calls; 0 for what moves data only. */
  readonly limit: number;
}

/** Where the time and the memory of some work go; times and counts are those of one turn. */
export interface WorkTimes {
  readonly turns: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Milliseconds from the beginning to the end. */
  readonly wall: number;
  /** Milliseconds in which the device computes; undefined where it cannot tell. */
  readonly device: number | undefined;
  /** Milliseconds in which it does not. */
  readonly idle: number | undefined;
  /** Milliseconds in which the host enqueues. */
  readonly host: number;
  readonly ops: readonly OpTimes[];
  readonly buffers: {
    /** Asked for in a turn, without the scratch of ops. */
    readonly asked: number;
    /** Made by the device in the turns before the measured ones, all together. */
    readonly madeBefore: number;
    /** Made by the device in all measured turns together, because none that was freed fitted. */
    readonly made: number;
    /** The last turn that made one, from 1, the warm-up included; 0 if none did. */
    readonly lastMadeIn: number;
  };
  /** Most bytes in use on the device at once since it was opened, and what for. */
  readonly peak: { readonly bytes: number; readonly parts: Readonly<Record<string, number>> };
}

/** The same beside the roofline. */
export interface WorkProfile extends Omit<WorkTimes, "ops"> {
  readonly ops: readonly OpRow[];
  /** Milliseconds that the roofline leaves to all ops, and the wall time in multiples of it. */
  readonly limit: number;
  readonly wallByLimit: number;
}

/** How much is measured. */
export interface ProfileOptions {
  readonly turns: number;
  /** Turns before, in which memory is taken and shaders are compiled. */
  readonly warmup: number;
  /** Where the device's profiler puts passes; emptied after the warm-up. */
  readonly passes: PassTime[];
}

/** Runs work on a watched device whose profiler fills `passes`, and says where its time went. */
export async function profileWork(
  device: WatchedDevice,
  work: Work,
  { turns, warmup, passes }: ProfileOptions,
): Promise<WorkTimes> {
  const opened = device.allocations;
  let lastMadeIn = 0;
  const take = async (turn: number) => {
    const before = device.allocations;
    await work.turn(turn);
    if (device.allocations > before) lastMadeIn = turn + 1;
  };
  for (let turn = 0; turn < warmup; turn++) await take(turn);
  await work.finish();
  device.reset();
  passes.length = 0;
  const warm = device.allocations;
  const start = performance.now();
  for (let turn = warmup; turn < warmup + turns; turn++) await take(turn);
  await work.finish();
  const wall = performance.now() - start;
  let tokens = 0;
  for (let turn = warmup; turn < warmup + turns; turn++) tokens += work.tokens[turn % work.tokens.length];
  const busy = passes.length > 0 ? sum(passes.map(lengthOf)) : undefined;
  return {
    turns,
    tokens: tokens / turns,
    tokensPerSecond: 1000 * tokens / wall,
    wall: wall / turns,
    device: busy && busy / turns,
    idle: busy && Math.max(0, wall - busy) / turns,
    host: sum([...device.host.values()].map(({ milliseconds }) => milliseconds)) / turns,
    ops: opTimes(device, passes, { turns, busy }),
    buffers: {
      asked: device.buffers / turns,
      madeBefore: warm - opened,
      made: device.allocations - warm,
      lastMadeIn,
    },
    peak: { bytes: device.peak.bytes, parts: peakParts(device) },
  };
}

/** Holds times to what the device can do, measured in the same run. */
export function besideRoofline({ ops, ...times }: WorkTimes, roofline: Roofline): WorkProfile {
  const rows = ops.map(({ works, ...row }): OpRow => ({
    ...row,
    limit: sum(works.map((work) => limitOf(roofline, work).milliseconds)) / times.turns,
  }));
  const limit = sum(rows.map(({ limit }) => limit));
  return { ...times, ops: rows, limit, wallByLimit: times.wall / limit };
}

/** One entry an op, the dearest first. */
function opTimes(
  { host, works }: WatchedDevice,
  passes: readonly PassTime[],
  { turns, busy = NaN }: { turns: number; busy: number | undefined },
): OpTimes[] {
  const byOp = Map.groupBy(passes, ({ op }) => op);
  const names = new Set([...host.keys(), ...byOp.keys()]);
  const rows = [...names].map((op) => {
    const own = byOp.get(op) ?? [];
    const { calls, milliseconds } = host.get(op) ?? { calls: 0, milliseconds: 0 };
    const device = sum(own.map(lengthOf));
    return {
      op,
      calls: calls / turns,
      passes: own.length / turns,
      device: device / turns,
      share: device / busy,
      host: milliseconds / turns,
      works: works.get(op) ?? [],
    };
  });
  return rows.sort((a, b) => b.device - a.device || b.host - a.host);
}

/** What the labels of buffers stand for in a table. */
const parts: Readonly<Record<string, string>> = {
  parameters: "weights",
  gradients: "gradients",
  "first moment": "moments",
  "second moment": "moments",
  activation: "activations",
};

function peakParts({ peak }: WatchedDevice): Record<string, number> {
  const bytes: Record<string, number> = {};
  let known = 0;
  for (const [label, size] of peak.byLabel) {
    if (size === 0 || parts[label] === undefined) continue;
    bytes[parts[label]] = (bytes[parts[label]] ?? 0) + size;
    known += size;
  }
  return { ...bytes, other: peak.bytes - known };
}

function lengthOf({ start, end }: PassTime): number {
  return end - start;
}

function sum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
