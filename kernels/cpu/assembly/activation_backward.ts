/**
 * Maths   gradient *= activation'(preactivation), see activation_derivative.ts
 * Task    ELEMENTS elements
 */

import { ELEMENTS } from "../partition";
import { activationDerivative } from "./activation_derivative";
import { storeFirst } from "./lanes";
import { at, least } from "./simd";

/** The numbers of `activations` in contract.ts. */
const GELU: u32 = 1, GELU_NEW: u32 = 2, RELU: u32 = 3, TANH: u32 = 4;

@unmanaged
class ActivationBackward {
  gradient: usize;
  preactivation: usize;
  count: u32;
  activation: u32;
}

export function activationBackward(call: ActivationBackward, task: u32, _thread: u32): void {
  // One loop for each kind: the constant is folded into the inlined body.
  if (call.activation == GELU) through(call, task, GELU);
  else if (call.activation == GELU_NEW) through(call, task, GELU_NEW);
  else if (call.activation == RELU) through(call, task, RELU);
  else if (call.activation == TANH) through(call, task, TANH);
}

// @ts-ignore: decorator
@inline
function through(call: ActivationBackward, task: u32, kind: u32): void {
  const end = least((task + 1) * ELEMENTS, call.count);
  let i = task * ELEMENTS;
  for (; i + 8 <= end; i += 8) {
    const gradient = at(call.gradient, i), x = at(call.preactivation, i);
    const derivative = activationDerivative(kind, v128.load(x));
    const next = activationDerivative(kind, v128.load(x, 16));
    v128.store(gradient, f32x4.mul(v128.load(gradient), derivative));
    v128.store(gradient, f32x4.mul(v128.load(gradient, 16), next), 16);
  }
  for (; i < end; i += 4) {
    const gradient = at(call.gradient, i);
    const derivative = activationDerivative(kind, v128.load(at(call.preactivation, i)));
    storeFirst(gradient, f32x4.mul(v128.load(gradient), derivative), end - i);
  }
}
