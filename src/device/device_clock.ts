import type { Profiler } from "./profile.ts";

/** Adds up how long the passes of a device took on its own clock. */
export class DeviceClock {
  /** Since it was last set to 0; stays there if the device times nothing. */
  milliseconds = 0;
  /** What the device tells. */
  readonly profiler: Profiler = ({ start, end }) => {
    this.milliseconds += end - start;
  };
}
