import type { Device } from "../src/device/device.ts";
import { DeviceError } from "../src/errors.ts";

/** What a device does besides giving memory back. */
const CALLS: readonly (string | symbol)[] = ["allocate", "upload", "clear", "dispatch", "read", "flush"];

/** A device that fails once: at its call number `failing`, from 0. */
export function failingDevice<T extends Device>(
  device: T,
  failing: number,
): { device: T; calls: () => number } {
  let calls = 0;
  const proxy = new Proxy(device, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        if (CALLS.includes(name) && calls++ === failing) {
          const error = new DeviceError(`${String(name)} failed`);
          if (name === "read" || name === "flush") return Promise.reject(error);
          throw error;
        }
        return value.apply(target, given);
      };
    },
  });
  return { device: proxy, calls: () => calls };
}
