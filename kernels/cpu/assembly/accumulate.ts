/**
 * Maths   into += factor * x
 * Task    ELEMENTS elements
 */

import { ELEMENTS } from "../partition";
import { at, least, multiplyAdd } from "./simd";

@unmanaged
class Accumulate {
  x: usize;
  into: usize;
  count: u32;
  factor: f32;
}

export function accumulate(call: Accumulate, task: u32, _thread: u32): void {
  const start = task * ELEMENTS;
  const end = least(start + ELEMENTS, call.count);
  const factor = f32x4.splat(call.factor);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const into = at(call.into, i);
    v128.store(into, multiplyAdd(factor, v128.load(at(call.x, i)), v128.load(into)));
  }
  for (; i < end; i++) {
    const into = at(call.into, i);
    store<f32>(into, load<f32>(into) + call.factor * load<f32>(at(call.x, i)));
  }
}
