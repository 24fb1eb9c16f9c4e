/** What every peer of bench/matmul.ts does alike: arguments, inputs, the check, the timing, the line of JSON. */

export const [m, n, k] = [512, 768, 768];

/** The number after `--threads` or `--repeats` on the command line. */
function argument(name, standard) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? standard : Number(process.argv[at + 1]);
}

export const threads = argument("threads", 1);

/** The same numbers as in bench/matmul.ts: a is `[m, k]`, b `[k, n]`. */
export const a = Float32Array.from({ length: m * k }, (_, i) => Math.sin(i));
export const b = Float32Array.from({ length: k * n }, (_, i) => Math.cos(i));

/**
 * Times a product and prints milliseconds of one, as median, least and most of the repeats, as one line of JSON.
 *
 * @param {object} peer
 * @param {string} peer.name package and version
 * @param {(times: number) => Promise<Float32Array> | Float32Array} peer.run computes the product so many times, one
 *   after the other, and gives the last one, `[m, n]`
 */
export async function measure({ name, run }) {
  check(await run(1));
  // Half a second of warm-up, in which compilers finish; from its speed, how many products make a quarter of a second.
  const warm = performance.now();
  let products = 0;
  for (; performance.now() - warm < 500; products++) await run(1);
  const times = Math.max(1, Math.ceil(250 * products / (performance.now() - warm)));
  const milliseconds = [];
  for (let i = 0; i < argument("repeats", 5); i++) {
    const start = performance.now();
    await run(times);
    milliseconds.push((performance.now() - start) / times);
  }
  milliseconds.sort((x, y) => x - y);
  const median = milliseconds[Math.floor(milliseconds.length / 2)];
  const [least, most] = [milliseconds[0], milliseconds[milliseconds.length - 1]];
  console.log(JSON.stringify({ name, threads, median, least, most }));
}

/** Compares outputs spread over all of c with float64 sums: a product that went wrong can be very fast. */
function check(c) {
  for (let i = 0; i < 200; i++) {
    const at = Math.floor((m * n - 1) * i / 199);
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[row * k + p] * b[p * n + column];
    if (!(Math.abs(c[at] - sum) <= 1e-3)) throw new Error(`Expected ${sum} at ${at} but found ${c[at]}`);
  }
}
