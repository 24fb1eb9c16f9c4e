import { DeviceError } from "../errors.ts";
import { ALIGNMENT, type Device, slice } from "./device.ts";

/** Whether a buffer of a size can be had and holds what is written to it. */
export interface MemoryProbe {
  readonly bytes: number;
  /** What went wrong, in one sentence; undefined where nothing did. */
  readonly problem: string | undefined;
}

/** A quarter of, half of and exactly WebGPU's default limit of a buffer. */
const SIZES = [64, 128, 256].map((mebibytes) => mebibytes * 2 ** 20);

/**
 * Makes buffers of 64, 128 and 256 MiB, writes to both ends and reads back. Some GPUs refuse sizes that they
 * have (denoland/deno issue 35195), and a lost device returns what nobody wrote.
 *
 * @param open opens a fresh device for each size, because a device that failed stays failed
 */
export async function probeMemory(open: () => Promise<Device>): Promise<MemoryProbe[]> {
  const probes: MemoryProbe[] = [];
  for (const bytes of SIZES) {
    const device = await open();
    try {
      probes.push({ bytes, problem: await probe(device, bytes) });
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      probes.push({ bytes, problem: error.message });
    } finally {
      device.destroy();
    }
  }
  return probes;
}

async function probe(device: Device, bytes: number): Promise<string | undefined> {
  const view = device.allocate("u32", bytes / 4, "memory probe");
  const ends = [0, view.length - ALIGNMENT].map((start, end) => ({
    place: slice(view, start, ALIGNMENT),
    pattern: Uint32Array.from({ length: ALIGNMENT }, (_, i) => 1 + i + end * ALIGNMENT),
  }));
  for (const { place, pattern } of ends) device.upload(place, pattern);
  for (const { place, pattern } of ends) {
    const found = await device.read(place);
    const wrong = pattern.findIndex((value, i) => found[i] !== value);
    if (wrong < 0) continue;
    return `element ${place.offset + wrong} should be ${pattern[wrong]} and is ${found[wrong]}`;
  }
}
