/**
 * Maths   copyBytes: to = from; fillBytes: to = 0
 * Task    MEMORY_BYTES bytes
 *
 * What the device itself asks for, so that uploads, reads and clears keep their place among the ops.
 */

import { MEMORY_BYTES } from "../partition";
import { least } from "./simd";

@unmanaged
class CopyBytes {
  from: usize;
  to: usize;
  bytes: u32;
}

@unmanaged
class ClearBytes {
  to: usize;
  bytes: u32;
}

export function copyBytes(call: CopyBytes, task: u32, _thread: u32): void {
  const start = task * MEMORY_BYTES;
  memory.copy(call.to + start, call.from + start, least(MEMORY_BYTES, call.bytes - start));
}

export function clearBytes(call: ClearBytes, task: u32, _thread: u32): void {
  const start = task * MEMORY_BYTES;
  memory.fill(call.to + start, 0, least(MEMORY_BYTES, call.bytes - start));
}
