import type { Device } from "../src/device/device.ts";
import { DeviceError } from "../src/errors.ts";

/** What a device does besides giving memory back. */
const CALLS: readonly (string | symbol)[] = ["allocate", "upload", "clear", "dispatch", "read", "flush"];

/** What is about to be called, with the op that is dispatched. */
export interface DeviceCall {
  readonly name: string;
  readonly op?: string;
}

/**
 * `device`, with `before` called in front of each call; what it throws is what the call throws or rejects
 * with.
 */
export function hookedDevice<T extends Device>(device: T, before: (call: DeviceCall) => void): T {
  return new Proxy(device, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        if (CALLS.includes(name)) {
          try {
            before({ name: String(name), op: name === "dispatch" ? String(given[0]) : undefined });
          } catch (error) {
            if (name === "read" || name === "flush") return Promise.reject(error);
            throw error;
          }
        }
        return value.apply(target, given);
      };
    },
  });
}

/** A device that fails once: at its call number `failing`, from 0. */
export function failingDevice<T extends Device>(
  device: T,
  failing: number,
): { device: T; calls: () => number } {
  let calls = 0;
  const hooked = hookedDevice(device, ({ name }) => {
    if (calls++ === failing) throw new DeviceError(`${name} failed`);
  });
  return { device: hooked, calls: () => calls };
}
