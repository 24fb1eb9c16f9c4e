import type { RealDType } from "../../kernels/contract.ts";
import type { Device } from "./device.ts";
import { DeviceError } from "../errors.ts";
import { Message, message, type MessagePart } from "../message.ts";

/** What needs memory, and how it could need less. */
interface MemoryDemand {
  /** Who takes it, with the verb: `this one's parameters take`. */
  readonly what: string;
  readonly bytes: number;
  /** What makes it smaller, each to follow "use". */
  readonly remedies: readonly MessagePart[];
}

/**
 * Refuses what cannot fit on a device before it takes the time to fail there.
 *
 * @throws {DeviceError} with the bytes, the limit and what helps
 */
export function checkMemory(
  { maxMemoryBytes = Infinity, kind }: Device,
  { what, bytes, remedies }: MemoryDemand,
): void {
  if (bytes <= maxMemoryBytes) return;
  throw new DeviceError(
    new Message(
      `Expected a model that fits in ${
        gibibytes(maxMemoryBytes)
      }, all that the device ${kind} can have, but `,
      message`${what} ${gibibytes(bytes)}: use ${remedies} or a device with more memory`,
    ),
  );
}

/**
 * Refuses f16 on a device that has none, before anything is made there.
 *
 * @throws {DeviceError} with why, and what to do
 */
export function requirePrecision({ f16Problem }: Device, precision: RealDType | undefined): void {
  if (precision === "f16" && f16Problem !== undefined) throw new DeviceError(f16Problem);
}

function gibibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
