import type { Device } from "./device.ts";

/** Bytes from which on an upload is waited for. */
const MANY = 2 ** 20;

/**
 * To be awaited between uploads of many bytes together, as of a whole model: large ones are taken in before
 * the next one comes, so that they do not pile up on their way.
 */
export async function afterUpload(device: Device, bytes: number): Promise<void> {
  if (bytes >= MANY) await device.flush();
}
