// reduce (prelude): the sum over a workgroup of 64 threads, in an order that depends on nothing.
// Maths     sum over i < 8 of sum over j < 8 of value[8 j + i]
// Why       two steps of eight have two barriers where a tree has six, and need no subgroups

const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;

// The sum for thread 0, part of it for the others; to be called once.
fn reduceSum(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  var sum = value;
  if (thread < 8u) {
    for (var i = thread + 8u; i < THREADS; i += 8u) { sum += partial[i]; }
    partial[thread] = sum;
  }
  workgroupBarrier();
  if (thread == 0u) {
    for (var i = 1u; i < 8u; i++) { sum += partial[i]; }
  }
  return sum;
}
