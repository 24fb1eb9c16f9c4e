/** Multiplies matrices in plain JavaScript until the time is over, and answers with its GFLOP/s. */

const SIZE = 256;

/** `c = a · b`, row by row, the way one would write it first. */
function multiply(a: Float32Array, b: Float32Array, c: Float32Array): void {
  c.fill(0);
  for (let row = 0; row < SIZE; row++) {
    for (let p = 0; p < SIZE; p++) {
      const factor = a[row * SIZE + p];
      for (let column = 0; column < SIZE; column++) {
        c[row * SIZE + column] += factor * b[p * SIZE + column];
      }
    }
  }
}

// Types of the main thread are all that a file gets, wherever it runs.
const worker = self as unknown as Worker;

worker.onmessage = ({ data: milliseconds }: MessageEvent<number>) => {
  const matrix = () => Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i));
  const [a, b, c] = [matrix(), matrix(), matrix()];
  multiply(a, b, c);
  const start = performance.now();
  let products = 0;
  for (; performance.now() - start < milliseconds; products++) multiply(a, b, c);
  worker.postMessage(2 * SIZE ** 3 * products / (performance.now() - start) / 1e6);
};
