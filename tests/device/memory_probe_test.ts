import { assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device, View } from "../../src/device/device.ts";
import { probeMemory } from "../../src/device/memory_probe.ts";
import { DeviceError } from "../../src/errors.ts";

const sizes = [64, 128, 256].map((mebibytes) => mebibytes * 2 ** 20);

/** A device without memory of its own: it holds the last data that was uploaded to each place. */
function sketch({ limit = Infinity, forgets = false }): Device {
  const held = new Map<number, Uint32Array>();
  return {
    allocate(dtype: View["dtype"], length: number): View {
      if (length * 4 > limit) throw new DeviceError(`No memory for ${length * 4} bytes`);
      return { buffer: { byteLength: length * 4 }, dtype, offset: 0, length };
    },
    upload: ({ offset }: View, data: Uint32Array) => void held.set(forgets ? 0 : offset, data.slice()),
    read: ({ offset }: View) => Promise.resolve(held.get(offset) ?? new Uint32Array(64)),
    destroy() {},
  } as unknown as Device;
}

Deno.test("probeMemory() finds no problem with the memory of this machine's CPU", async () => {
  const probes = await probeMemory(() => Promise.resolve(new CpuDevice()));
  assertEquals(probes, sizes.map((bytes) => ({ bytes, problem: undefined })));
});

Deno.test("probeMemory() reports the sizes that a device refuses, and tries the others", async () => {
  const probes = await probeMemory(() => Promise.resolve(sketch({ limit: 2 ** 27 })));
  assertEquals(probes.map(({ problem }) => problem), [undefined, undefined, "No memory for 268435456 bytes"]);
});

Deno.test("probeMemory() notices a device that does not return what was written", async () => {
  const [{ problem }] = await probeMemory(() => Promise.resolve(sketch({ forgets: true })));
  assertEquals(problem, "element 0 should be 1 and is 129");
});
