/** A call, which both passes share. */
@unmanaged
export class Matmul {
  a: usize;
  b: usize;
  bias: usize;
  residual: usize;
  c: usize;
  preactivation: usize;
  packedA: usize;
  packedB: usize;
  sums: usize;
  m: u32;
  n: u32;
  k: u32;
  transposeA: u32;
  transposeB: u32;
  accumulate: u32;
  activation: u32;
}
