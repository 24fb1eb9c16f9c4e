// attention_positions (prelude): what scores take from how far rows and keys are apart.
// Maths     s_ij = scale * (q_i . k_j + q_i . kr + qr . k_j) with qr, kr = positions[bucketOf[i - j]], so
//           dq_i = scale * sum_j ds_ij (k_j + kr), dk_j = scale * sum_i ds_ij (q_i + qr)
// Paper     He et al. 2021, arXiv:2006.03654
// Bindings  behind those of the kernel: positions [buckets, 2, hidden] read: qr, kr | bucketOf [distances] read
// Why       PER rows and four keys are SPAN distances apart, so each position that is loaded serves up to four scores

// Where a head's columns of qr begin for the distance of a row from a key; those of kr are `hidden` behind.
fn bucketPlace(row: u32, key: u32, head: u32) -> u32 {
  let last = i32(uniforms.distances) - 1;
  let number = clamp(i32(row) - i32(key) + last / 2, 0, last);
  return bucketOf[number] * 2u * uniforms.hidden + head * HEAD_SIZE;
}

// A chunk of a position, as qkvChunk.
fn positionChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return widened(positions[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    widened(positions[i]).x, widened(positions[i + 1u]).x, widened(positions[i + 2u]).x, widened(positions[i + 3u]).x));
}
