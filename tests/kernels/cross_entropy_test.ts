import { assertEquals } from "@std/assert";
import { normal } from "../../kernels/reference/proof.ts";
import type { Device } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import { testOnDevices } from "../devices.ts";

/** Loss and gradient of logits `[rows, columns]`, their columns given to the kernels in chunks. */
async function crossEntropy(device: Device, logits: Float32Array, { labels, columns, chunk, scale }: {
  labels: Int32Array;
  columns: number;
  chunk: number;
  scale: number;
}) {
  const rows = labels.length;
  const stats = device.allocate("f32", rows * 3);
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  const labelView = device.allocate("i32", rows);
  device.upload(labelView, labels);
  const chunks = [];
  for (let firstColumn = 0; firstColumn < columns; firstColumn += chunk) {
    const width = Math.min(chunk, columns - firstColumn);
    const part = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      part.set(
        logits.subarray(row * columns + firstColumn, row * columns + firstColumn + width),
        row * width,
      );
    }
    const view = device.allocate("f32", part.length);
    device.upload(view, part);
    const sizes = { rows, columns: width, firstColumn };
    device.dispatch("crossEntropyStats", { logits: view, labels: labelView, stats }, {
      ...sizes,
      first: firstColumn === 0,
    });
    chunks.push({ view, sizes });
  }
  device.dispatch("crossEntropyLoss", { stats, labels: labelView, loss }, { rows, scale });
  const gradient = new Float32Array(rows * columns);
  for (const { view, sizes } of chunks) {
    const dLogits = device.allocate("f32", view.length);
    device.dispatch("crossEntropyGradient", { logits: view, labels: labelView, stats, dLogits }, {
      ...sizes,
      scale,
    });
    const part = await device.read(dLogits);
    for (let row = 0; row < rows; row++) {
      gradient.set(
        part.subarray(row * sizes.columns, (row + 1) * sizes.columns) as Float32Array,
        row * columns + sizes.firstColumn,
      );
    }
  }
  return { loss: (await device.read(loss))[0], gradient };
}

testOnDevices(
  "cross entropy in chunks of the vocabulary equals cross entropy in one piece",
  async (device) => {
    const columns = 300;
    const labels = Int32Array.of(0, 299, 128, -100, 127);
    const logits = normal(1, labels.length * columns, { scale: 5 });
    const whole = await crossEntropy(device, logits, { labels, columns, chunk: columns, scale: 0.25 });
    const cut = await crossEntropy(device, logits, { labels, columns, chunk: 128, scale: 0.25 });
    assertEquals(Math.abs(whole.loss - cut.loss) < 1e-6 * whole.loss, true);
    assertEquals(relativeError(cut.gradient, whole.gradient) < 1e-6, true);
  },
);

testOnDevices("cross entropy of rows that are all ignored is 0 and has no gradient", async (device) => {
  const labels = new Int32Array(3).fill(-100);
  const { loss, gradient } = await crossEntropy(device, normal(1, 21), {
    labels,
    columns: 7,
    chunk: 7,
    scale: 1,
  });
  assertEquals(loss, 0);
  assertEquals(gradient, new Float32Array(21));
});
