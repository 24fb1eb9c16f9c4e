// reduce: prelude with reductions over a workgroup of 64 threads, in an order that depends on nothing.
// Why       a tree over workgroup memory needs no subgroups, which software adapters lack

const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;

fn reduceMax(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  for (var half = THREADS / 2u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] = max(partial[thread], partial[thread + half]); }
  }
  let result = workgroupUniformLoad(&partial[0]);
  workgroupBarrier();
  return result;
}

fn reduceSum(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  for (var half = THREADS / 2u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] += partial[thread + half]; }
  }
  let result = workgroupUniformLoad(&partial[0]);
  workgroupBarrier();
  return result;
}

