// row_blocks (prelude): the second pass of kernels that sum over rows, which adds up the sums of blocks.
// Maths     the sum over b of partials[b, column], for the kernel's buffer partials [blocks, length]
// Constants before this text: ROWS of a block, COLUMNS of a workgroup
// Grid      one workgroup for COLUMNS elements of a row of partials: 256 threads, of which 32 share an element and take
//           every 32nd block
// Why       a fixed order without atomics: 32 sums a column, then their sum; 8 elements are 128 bytes side by side

const STRANDS = 32u;
var<workgroup> strands: array<Element, COLUMNS * STRANDS>;

// Of `rows` rows in all, the sum for the first COLUMNS threads, part of it for the others. All threads have to call it,
// with `column` their number modulo COLUMNS, from the workgroup's first column on.
fn sumOfBlocks(thread: u32, column: u32, rows: u32, length: u32) -> Element {
  let blocks = (rows + ROWS - 1u) / ROWS;
  var sum = Element(0.0);
  if (column < length) {
    for (var block = thread / COLUMNS; block < blocks; block += STRANDS) { sum += partials[block * length + column]; }
  }
  strands[thread] = sum;
  workgroupBarrier();
  if (thread < COLUMNS) {
    for (var i = 1u; i < STRANDS; i++) { sum += strands[i * COLUMNS + thread]; }
  }
  return sum;
}
