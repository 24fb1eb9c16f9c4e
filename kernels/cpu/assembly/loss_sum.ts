/**
 * Maths   loss += scale * sum of losses
 * Task    all of them
 */

import { at } from "./simd";

@unmanaged
class LossSum {
  losses: usize;
  loss: usize;
  rows: u32;
  scale: f32;
}

export function lossSum(call: LossSum, _task: u32, _thread: u32): void {
  let sum: f64 = 0;
  for (let row: u32 = 0; row < call.rows; row++) sum += <f64> load<f32>(at(call.losses, row));
  store<f32>(call.loss, <f32> (<f64> load<f32>(call.loss) + <f64> call.scale * sum));
}
