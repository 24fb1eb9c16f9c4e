fn activate(kind: u32, x: f32) -> f32 { if (kind == 3u) { return max(x, 0.0); } return x; }
