import { assert } from "@std/assert";
import { normal } from "../../kernels/reference/proof.ts";
import { decoderCrossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Device } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { testOnDevices } from "../devices.ts";

const [ROWS, VOCABULARY, HIDDEN] = [600, 9000, 8];
const hidden = normal(1, ROWS * HIDDEN);
const labels = Int32Array.from({ length: ROWS }, (_, row) => row * 15);

/** Loss of all rows and gradient of the table, so many rows at a time. */
async function decode(device: Device, rowsAtOnce: number) {
  const group = { rate: 1, decay: true };
  const parameters = new Parameters(device, [
    { name: "table", shape: [VOCABULARY, HIDDEN], group },
    { name: "bias", shape: [VOCABULARY], group },
  ]);
  parameters.write("table", normal(2, VOCABULARY * HIDDEN));
  parameters.write("bias", normal(3, VOCABULARY));
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  for (let row = 0; row < ROWS; row += rowsAtOnce) {
    const tape = new Tape(device, { training: { seed: 1, step: 1, microBatch: 0 } });
    const x = tape.tensor([rowsAtOnce, HIDDEN], [{ trainable: true }]);
    device.upload(x.view, hidden.subarray(row * HIDDEN, (row + rowsAtOnce) * HIDDEN));
    decoderCrossEntropy(tape, x, {
      table: parameters.get("table"),
      bias: parameters.get("bias"),
      labels: labels.subarray(row, row + rowsAtOnce),
      scale: 1 / ROWS,
      loss,
    });
    tape.backward();
    tape.dispose();
  }
  const result = {
    loss: await device.read(loss) as Float32Array,
    gradient: await parameters.read("table", "gradient"),
  };
  parameters.free();
  device.free(loss);
  return result;
}

testOnDevices(
  "many rows, of whose logits fewer columns exist at a time, have the loss and the gradients of few rows after few",
  async (device) => {
    const [few, many] = [await decode(device, 100), await decode(device, ROWS)];
    const errors = [relativeError(many.loss, few.loss), relativeError(many.gradient, few.gradient)];
    assert(Math.max(...errors) < 1e-5, `${errors}`);
  },
);
