/**
 * Maths   g = factor * gradient; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2
 *         p -= rate * decay * p + rate * (m / correction1) / (sqrt(v / correction2) + epsilon)
 * Task    ELEMENTS elements of start .. start + length, which are multiples of 4
 * Paper   Loshchilov and Hutter 2019, arXiv:1711.05101
 * Why     p is rounded once: its decay of some 1e-7 p would be a unit or nothing. A step whose gradients are not finite
 *         changes nothing, so the last good parameters stay
 */

import { ELEMENTS } from "../partition";
import { at, least, multiplyAdd } from "./simd";

@unmanaged
class Adamw {
  parameters: usize;
  gradients: usize;
  firstMoment: usize;
  secondMoment: usize;
  state: usize;
  count: u32;
  start: u32;
  length: u32;
  learningRate: f32;
  beta1: f32;
  beta2: f32;
  epsilon: f32;
  weightDecay: f32;
  correction1: f32;
  correction2: f32;
}

export function adamw(call: Adamw, task: u32, _thread: u32): void {
  if (load<f32>(call.state, 8) != 0) return;
  const factor = f32x4.splat(load<f32>(call.state, 4));
  const beta1 = f32x4.splat(call.beta1), gradientShare = f32x4.splat(1 - call.beta1);
  const beta2 = f32x4.splat(call.beta2), squareShare = f32x4.splat(1 - call.beta2);
  const decay = f32x4.splat(call.learningRate * call.weightDecay);
  const rate = f32x4.splat(call.learningRate / call.correction1);
  const inverseRoot = f32x4.splat(1 / sqrt<f32>(call.correction2)), epsilon = f32x4.splat(call.epsilon);
  const first = call.start + task * ELEMENTS;
  const end = at(call.parameters, least(first + ELEMENTS, call.start + call.length));
  let gradient = at(call.gradients, first), moment = at(call.firstMoment, first);
  let square = at(call.secondMoment, first);
  for (let parameter = at(call.parameters, first); parameter < end; parameter += 16) {
    const g = f32x4.mul(factor, v128.load(gradient)), p = v128.load(parameter);
    const m = multiplyAdd(beta1, v128.load(moment), f32x4.mul(gradientShare, g));
    const v = multiplyAdd(beta2, v128.load(square), f32x4.mul(f32x4.mul(squareShare, g), g));
    v128.store(moment, m);
    v128.store(square, v);
    const step = f32x4.div(f32x4.mul(rate, m), multiplyAdd(f32x4.sqrt(v), inverseRoot, epsilon));
    v128.store(parameter, f32x4.sub(p, multiplyAdd(decay, p, step)));
    gradient += 16;
    moment += 16;
    square += 16;
  }
}
