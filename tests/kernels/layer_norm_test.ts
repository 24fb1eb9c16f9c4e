import { assertAlmostEquals } from "@std/assert";
import { dropoutOf } from "../../kernels/reference/philox.ts";
import { aligned, slice } from "../../src/device/device.ts";
import { testOnDevices } from "../devices.ts";

testOnDevices(
  "layerNormBackward adds the gradients of gamma and beta to two ranges of one buffer",
  async (device) => {
    const [rows, hidden] = [2, 3];
    const upload = (values: number[]) => {
      const view = device.allocate("f32", values.length);
      device.upload(view, Float32Array.from(values));
      return view;
    };
    const arena = upload(new Array(aligned(hidden) + hidden).fill(1));
    device.dispatch("layerNormBackward", {
      dY: upload([1, 2, 3, 4, 5, 6]),
      sum: upload([3, 5, 7, 0, 1, -1]),
      stats: upload([5, 0.5, 0, 1]),
      gamma: upload([1, 1, 1]),
      dGamma: slice(arena, 0, hidden),
      dBeta: slice(arena, aligned(hidden), hidden),
    }, { rows, hidden, epsilon: 1e-12, ...dropoutOf(0) });
    const found = await device.read(arena);
    // 1 + dY xhat over the two rows, with xhat = (sum - mean) rstd = [-1, 0, 1] and [0, 1, -1].
    [1 - 1 + 0, 1 + 0 + 5, 1 + 3 - 6].forEach((dGamma, c) => assertAlmostEquals(found[c], dGamma, 1e-6));
    [1 + 5, 1 + 7, 1 + 9].forEach((dBeta, c) => assertAlmostEquals(found[aligned(hidden) + c], dBeta, 1e-6));
  },
);
