import type { Device, View } from "./device.ts";

/** Makes what takes several views of a device, and gives back those that it has where the making fails. */
export function wholeOrNothing<T>(device: Device, make: (allocate: Device["allocate"]) => T): T {
  const taken: View[] = [];
  try {
    return make((...request) => {
      const view = device.allocate(...request);
      taken.push(view);
      return view;
    });
  } catch (error) {
    for (const view of taken) device.free(view);
    throw error;
  }
}
