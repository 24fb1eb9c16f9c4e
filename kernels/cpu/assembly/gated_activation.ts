/**
 * Maths   y = activation(x[row, 0]) * x[row, 1]
 *         dX[row, 0] = dY * x[row, 1] * activation'(x[row, 0]), dX[row, 1] = dY * activation(x[row, 0])
 * Task    rows of about ELEMENTS products
 * Paper   Shazeer 2020, arXiv:2002.05202
 */

import { ELEMENTS } from "../partition";
import { activate } from "./activation";
import { activationDerivative } from "./activation_derivative";
import { storeFirst } from "./lanes";
import { at, least } from "./simd";

@unmanaged
class GatedActivation {
  x: usize;
  y: usize;
  rows: u32;
  columns: u32;
  activation: u32;
}

export function gatedActivation(call: GatedActivation, task: u32, _thread: u32): void {
  const columns = call.columns;
  const rows = max<u32>(1, ELEMENTS / columns);
  const end = least((task + 1) * rows, call.rows);
  for (let row = task * rows; row < end; row++) {
    const x = at(call.x, 2 * row * columns), gates = at(x, columns), y = at(call.y, row * columns);
    for (let i: u32 = 0; i < columns; i += 4) {
      const value = activate(call.activation, v128.load(at(x, i)));
      storeFirst(at(y, i), f32x4.mul(value, v128.load(at(gates, i))), columns - i);
    }
  }
}

@unmanaged
class GatedActivationBackward {
  x: usize;
  dY: usize;
  dX: usize;
  rows: u32;
  columns: u32;
  activation: u32;
}

export function gatedActivationBackward(call: GatedActivationBackward, task: u32, _thread: u32): void {
  const columns = call.columns;
  const rows = max<u32>(1, ELEMENTS / columns);
  const end = least((task + 1) * rows, call.rows);
  for (let row = task * rows; row < end; row++) {
    const x = at(call.x, 2 * row * columns), gates = at(x, columns), dY = at(call.dY, row * columns);
    const dX = at(call.dX, 2 * row * columns), dGates = at(dX, columns);
    for (let i: u32 = 0; i < columns; i += 4) {
      const preactivation = v128.load(at(x, i)), upstream = v128.load(at(dY, i));
      const slope = activationDerivative(call.activation, preactivation);
      const value = activate(call.activation, preactivation);
      storeFirst(at(dX, i), f32x4.mul(f32x4.mul(upstream, v128.load(at(gates, i))), slope), columns - i);
      storeFirst(at(dGates, i), f32x4.mul(upstream, value), columns - i);
    }
  }
}
