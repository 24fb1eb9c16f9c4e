// attention_window (prelude): which rows of a sequence a tile has to do with, where tokens see a window around them.

override hasWindow: u32 = 0u;

// The first row that the tile at `first` has to do with, whole blocks of four from the sequence's first row.
fn firstSeen(first: u32, sequence: vec2u) -> u32 {
  if (hasWindow == 0u) { return sequence.x; }
  let before = first - sequence.x;
  return sequence.x + (before - min(before, uniforms.window)) / 4u * 4u;
}

// The last one.
fn lastSeen(first: u32, sequence: vec2u) -> u32 {
  let last = sequence.y - 1u;
  if (hasWindow == 0u) { return last; }
  return first + min(last - first, ROWS - 1u + uniforms.window);
}

// Which of four rows are in the window of another one.
fn inWindow(row: u32, others: vec4u) -> vec4<bool> {
  if (hasWindow == 0u) { return vec4<bool>(true); }
  return max(vec4u(row), others) - min(vec4u(row), others) <= vec4u(uniforms.window);
}
