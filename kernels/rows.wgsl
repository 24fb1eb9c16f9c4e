// rows (prelude): threads that share a row, and how they put together what each of them found out about it.
// Maths     merge(.. merge(merge(p[0], p[1]), p[2]) .., p[lanes - 1]), with Partial and merge of the kernel that follows
// Grid      64 threads a workgroup, `lanes` of them a row, so that 64 / lanes rows stand side by side
// Why       on a GPU the threads of a row read neighbours; on a software adapter, whose threads are lanes of a vector,
//           a thread has a row to itself, since barriers and workgroup memory cost it more than the row

override lanes: u32 = 1u;

const THREADS = 64u;
var<workgroup> partials: array<Partial, THREADS>;

// The same for every thread of a row; all threads of the workgroup have to call it.
fn mergeRow(thread: u32, partial: Partial) -> Partial {
  if (lanes == 1u) { return partial; }
  workgroupBarrier(); // somebody may still read what an earlier call left
  partials[thread] = partial;
  workgroupBarrier();
  let first = thread - thread % lanes;
  var merged = partials[first];
  for (var lane = 1u; lane < lanes; lane++) { merged = merge(merged, partials[first + lane]); }
  return merged;
}
