// attention_whole (prelude): the same as attention_window where tokens see all of their sequence.

fn firstSeen(first: u32, sequence: vec2u) -> u32 { return sequence.x; }

fn lastSeen(first: u32, sequence: vec2u) -> u32 { return sequence.y - 1u; }

fn inWindow(row: u32, others: vec4u) -> vec4<bool> { return vec4<bool>(true); }
