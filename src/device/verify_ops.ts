import type { OpName } from "../../kernels/mod.ts";
import { cases } from "../../kernels/reference/mod.ts";
import { DeviceError } from "../errors.ts";
import type { Device } from "./device.ts";
import { runCase } from "./run_case.ts";

/** How an op did over its shape table. */
export interface OpVerdict {
  readonly op: OpName;
  /** Lines of the table. */
  readonly cases: number;
  /** Largest error over all outputs, as a share of the allowed one; Infinity where a result was no number. */
  readonly worst: number;
  /** What went wrong, a sentence for each output that did; empty if the op may be trusted. */
  readonly failures: readonly string[];
}

/** The ops that have a shape table, which is all of them. */
export const allOps = Object.keys(cases) as OpName[];

/**
 * Runs ops over their shape tables and compares them with the float64 reference, one verdict after the other.
 * A device that fails is a failure of the op; the next op gets a new device, because a failed one stays
 * failed.
 *
 * @throws {DeviceError} if no device can be opened
 */
export async function* verifyOps(
  open: () => Promise<Device>,
  ops: readonly OpName[] = allOps,
): AsyncGenerator<OpVerdict> {
  let device = await open();
  try {
    for (const op of ops) {
      try {
        yield await verifyOp(device, op);
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
        yield { op, cases: cases[op]().length, worst: Infinity, failures: [error.message] };
        device.destroy();
        device = await open();
      }
    }
  } finally {
    device.destroy();
  }
}

async function verifyOp(device: Device, op: OpName): Promise<OpVerdict> {
  const table = cases[op]();
  const failures: string[] = [];
  let worst = 0;
  for (const proof of table) {
    for (const { output, error, allowed } of await runCase(device, proof)) {
      const share = error === 0 ? 0 : error / allowed;
      worst = Math.max(worst, Number.isNaN(share) ? Infinity : share);
      if (error <= allowed) continue;
      failures.push(`${proof.label}: ${output} is ${error.toExponential(1)} off, allowed is ${allowed}`);
    }
  }
  return { op, cases: table.length, worst, failures };
}
