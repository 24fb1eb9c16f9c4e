/**
 * What every contender of `bench-kernels --peers` computes: the same numbers, and which of its outputs are looked at.
 *
 * A case is one of bench/peers/peer_cases.ts, and its arrays are those of our op: a product's matrices as they are stored, and
 * queries, keys and values as `[tokens, hidden]`, sequence after sequence, head h in columns `h * headSize ..`.
 */

/** Inputs of a case by name, seeded, between -2 and 2. */
export function inputsOf(work) {
  switch (work.op) {
    case "matmul":
      return { a: numbers(1, work.m * work.k), b: numbers(2, work.k * work.n) };
    case "softmax":
      return { x: numbers(1, work.rows * work.columns) };
    case "attention": {
      const length = tokensOf(work) * hiddenOf(work);
      const [query, key, value, dOut] = [1, 2, 3, 4].map((seed) => numbers(seed, length));
      return { query, key, value, ...(work.backward && { dOut }) };
    }
    default:
      throw new TypeError(`Expected matmul, softmax or attention but found ${work.op}`);
  }
}

export function tokensOf({ lengths }) {
  return lengths.reduce((sum, length) => sum + length, 0);
}

export function hiddenOf({ heads, headSize }) {
  return heads * headSize;
}

export function isRagged({ lengths }) {
  return new Set(lengths).size > 1;
}

/** Indexes of the elements that are compared with float64: at most 200, as far apart as they can be. */
export function sampledIndexes(length) {
  const count = Math.min(length, 200);
  return Array.from({ length: count }, (_, i) => Math.floor((i + 0.5) * length / count));
}

/** For peers that have no packing: `[tokens, hidden]` as `[sequences, longest, hidden]`, zeros behind short ones. */
export function pad(packed, work) {
  const hidden = hiddenOf(work);
  const longest = Math.max(...work.lengths);
  const padded = new Float32Array(work.lengths.length * longest * hidden);
  let start = 0;
  work.lengths.forEach((length, sequence) => {
    padded.set(packed.subarray(start, start += length * hidden), sequence * longest * hidden);
  });
  return padded;
}

/** The way back from {@link pad}. */
export function unpad(padded, work) {
  const hidden = hiddenOf(work);
  const longest = Math.max(...work.lengths);
  const packed = new Float32Array(tokensOf(work) * hidden);
  let start = 0;
  work.lengths.forEach((length, sequence) => {
    const from = sequence * longest * hidden;
    packed.set(padded.subarray(from, from + length * hidden), start);
    start += length * hidden;
  });
  return packed;
}

/** `[sequences, longest, heads, headSize]` as `[sequences, heads, longest, headSize]`; with `back`, the way back. */
export function headsFirst(array, { lengths, heads, headSize }, { back = false } = {}) {
  const longest = Math.max(...lengths);
  const swapped = new Float32Array(array.length);
  for (let row = 0; row < lengths.length * longest * heads; row++) {
    const head = row % heads;
    const position = Math.floor(row / heads) % longest;
    const sequence = Math.floor(row / heads / longest);
    const [near, far] = [row, (sequence * heads + head) * longest + position];
    const [from, to] = back ? [far, near] : [near, far];
    swapped.set(array.subarray(from * headSize, (from + 1) * headSize), to * headSize);
  }
  return swapped;
}

/** Mulberry32, a small generator of even numbers. */
function numbers(seed, length) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = state + 0x6d2b79f5 | 0;
    let bits = Math.imul(state ^ state >>> 15, 1 | state);
    bits = bits + Math.imul(bits ^ bits >>> 7, 61 | bits) ^ bits;
    return ((bits ^ bits >>> 14) >>> 0) / 2 ** 30 - 2;
  });
}
