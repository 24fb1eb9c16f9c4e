/**
 * The module that measures a CPU device: two kernels that do nothing but multiply and add, and nothing but
 * copy, as bytes of WebAssembly. They are called as the kernels of a CPU device are, `kernel(call, task,
 * thread)`, and run on the same worker threads.
 *
 * @module
 */

/**
 * Chains of dependent multiply-adds: two units of four or five cycles are busy with ten. Twelve stay in
 * registers.
 */
const CHAINS = 12;
/** Steps of a chain in one round of the loop. */
const UNROLLED = 4;

/** FLOP of one round of the loop of `peak`: four lanes, a product and a sum. */
export const ROUND_FLOP = CHAINS * UNROLLED * 4 * 2;
/** Bytes that a task of `copy` moves. */
export const COPY_BYTES = 32_768;
/** Bytes of one round of the loop of `copy`. */
const COPY_ROUND = 64;

const I32 = 0x7f, V128 = 0x7b, BLOCK_OF_NOTHING = 0x40, END = 0x0b;
const LOOP = 0x03, BRANCH_IF = 0x0d, LOCAL_GET = 0x20, LOCAL_SET = 0x21, LOCAL_TEE = 0x22;
const I32_CONST = 0x41, I32_ADD = 0x6a, I32_SUB = 0x6b, I32_MUL = 0x6c, I32_LOAD = 0x28;
const SIMD = 0xfd, LOAD_128 = 0x00, STORE_128 = 0x0b, CONST_128 = 0x0c;
const F32X4_ADD = 0xe4, F32X4_MUL = 0xe6, F32X4_RELAXED_MADD = 0x105;

/** Parameters of a kernel, which are its first locals. */
const CALL = 0, TASK = 1, FIRST_LOCAL = 3;

/**
 * `peak` (words of a call: rounds, where the sums go) and `copy` (from, to).
 *
 * @param fused whether the device's kernels have a fused multiply-add; else a product and a sum stand for it
 */
export function rooflineModule({ fused, shared }: { fused: boolean; shared: boolean }): WebAssembly.Module {
  const memory = shared ? [0x03, 1, ...unsigned(65_536)] : [0x01, 1, ...unsigned(65_536)];
  return new WebAssembly.Module(Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, 3, I32, I32, I32, 0]]),
    ...section(2, [[...name("env"), ...name("memory"), 0x02, ...memory]]),
    ...section(3, [[0], [0]]),
    ...section(7, [[...name("peak"), 0x00, 0], [...name("copy"), 0x00, 1]]),
    ...section(10, [sized(peakBody(fused)), sized(copyBody())]),
  ]));
}

/** x = x * 0.75 + 0.25 in every chain: towards 1, so that no number is ever subnormal. */
function peakBody(fused: boolean): number[] {
  const rounds = FIRST_LOCAL, factor = rounds + 1, summand = rounds + 2, first = rounds + 3;
  const chains = Array.from({ length: CHAINS }, (_, i) => first + i);
  const step = (chain: number) => [
    ...get(chain),
    ...get(factor),
    ...(fused ? [] : simd(F32X4_MUL)),
    ...get(summand),
    ...simd(fused ? F32X4_RELAXED_MADD : F32X4_ADD),
    ...set(chain),
  ];
  return [
    ...[2, 1, I32, 2 + CHAINS, V128],
    ...[...load(0), ...set(rounds), ...splat(0.75), ...set(factor), ...splat(0.25), ...set(summand)],
    ...chains.flatMap((chain, i) => [...splat(2 + i), ...set(chain)]),
    ...[LOOP, BLOCK_OF_NOTHING],
    ...Array.from({ length: UNROLLED }, () => chains.flatMap(step)).flat(),
    ...[...get(rounds), I32_CONST, 1, I32_SUB, LOCAL_TEE, rounds, BRANCH_IF, 0, END],
    // The sum of all chains is stored: what nobody reads, an engine may leave out.
    ...[...load(4), ...get(TASK), I32_CONST, 16, I32_MUL, I32_ADD],
    ...chains.flatMap((chain, i) => i === 0 ? get(chain) : [...get(chain), ...simd(F32X4_ADD)]),
    ...[...simd(STORE_128), 4, 0, END],
  ];
}

function copyBody(): number[] {
  const left = FIRST_LOCAL, from = left + 1, to = left + 2;
  const start = [...get(TASK), I32_CONST, ...signed(COPY_BYTES), I32_MUL, I32_ADD];
  const advance = (
    local: number,
  ) => [...get(local), I32_CONST, ...signed(COPY_ROUND), I32_ADD, ...set(local)];
  return [
    ...[1, 3, I32],
    ...[...load(0), ...start, ...set(from), ...load(4), ...start, ...set(to)],
    ...[I32_CONST, ...signed(COPY_BYTES), ...set(left)],
    ...[LOOP, BLOCK_OF_NOTHING],
    ...[0, 16, 32, 48].flatMap((offset) => [
      ...[...get(to), ...get(from), ...simd(LOAD_128), 4, offset],
      ...[...simd(STORE_128), 4, offset],
    ]),
    ...[...advance(from), ...advance(to)],
    ...[...get(left), I32_CONST, ...signed(COPY_ROUND), I32_SUB, LOCAL_TEE, left, BRANCH_IF, 0, END, END],
  ];
}

const get = (local: number) => [LOCAL_GET, local];
const set = (local: number) => [LOCAL_SET, local];
const simd = (instruction: number) => [SIMD, ...unsigned(instruction)];
/** A word of the call. */
const load = (offset: number) => [...get(CALL), I32_LOAD, 2, offset];

/** A number in all lanes. */
function splat(value: number): number[] {
  return [...simd(CONST_128), ...new Uint8Array(Float32Array.of(value, value, value, value).buffer)];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [value & 127 | 128, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a number that is not negative. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [value & 127 | 128, ...signed(value >>> 7)];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  return [id, ...sized([...unsigned(items.length), ...items.flat()])];
}

function name(text: string): number[] {
  return sized([...new TextEncoder().encode(text)]);
}
