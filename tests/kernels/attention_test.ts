import { assertEquals } from "@std/assert";
import { apart, together } from "../../kernels/reference/attention.ts";
import { dropoutOf, keepScale } from "../../kernels/reference/philox.ts";
import { normal } from "../../kernels/reference/proof.ts";
import type { Device, HostData, View } from "../../src/device/device.ts";
import { testOnDevices } from "../devices.ts";

const heads = 3;
const headSize = 32;
const hidden = heads * headSize;

/** Rows of query, key, value and dOut `[tokens, hidden]`. */
type Inputs = Record<"query" | "key" | "value" | "dOut", Float32Array>;

/** Runs attention and its backward over sequences of these lengths. */
async function run(device: Device, inputs: Inputs, { lengths, p = 0 }: { lengths: number[]; p?: number }) {
  const tokens = inputs.query.length / hidden;
  const bounds = lengths.flatMap((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, before) => sum + before, 0);
    return Array(length).fill([start, start + length]).flat();
  });
  const upload = (data: HostData): View => {
    const view = device.allocate(data instanceof Uint32Array ? "u32" : "f32", data.length);
    device.upload(view, data);
    return view;
  };
  const read = async (view: View) => Array.from(await device.read(view));
  const out = device.allocate("f32", tokens * hidden);
  const dQkv = device.allocate("f32", tokens * 3 * hidden);
  const shared = {
    qkv: upload(together(inputs, hidden)),
    bounds: upload(Uint32Array.from(bounds)),
    stats: device.allocate("f32", tokens * heads * 2),
    out,
  };
  const parameters = {
    tokens,
    heads,
    headSize,
    hidden,
    scale: 1 / Math.sqrt(headSize),
    window: 0,
    ...dropoutOf(p),
  };
  device.dispatch("attention", shared, parameters);
  device.dispatch("attentionBackward", { ...shared, dOut: upload(inputs.dOut), dQkv }, parameters);
  const gradients = apart(await device.read(dQkv), hidden);
  return {
    out: await read(out),
    dQuery: Array.from(gradients.query),
    dKey: Array.from(gradients.key),
    dValue: Array.from(gradients.value),
  };
}

function inputsOf(tokens: number): Inputs {
  const [query, key, value, dOut] = [1, 2, 3, 4].map((seed) => normal(seed, tokens * hidden));
  return { query, key, value, dOut };
}

testOnDevices(
  "attention and its gradients over a packed batch are bit for bit those of each sequence alone",
  async (device) => {
    const lengths = [3, 1, 6, 17, 1, 2];
    const inputs = inputsOf(30);
    const packed = await run(device, inputs, { lengths });
    let start = 0;
    for (const length of lengths) {
      const part = <T extends Float32Array | number[]>(rows: T) =>
        rows.slice(start * hidden, (start + length) * hidden) as T;
      const alone = await run(device, {
        query: part(inputs.query),
        key: part(inputs.key),
        value: part(inputs.value),
        dOut: part(inputs.dOut),
      }, { lengths: [length] });
      for (const [name, rows] of Object.entries(alone)) {
        assertEquals(
          part(packed[name as keyof typeof packed]),
          rows,
          `${name} of rows ${start} .. ${start + length}`,
        );
      }
      start += length;
    }
  },
);

testOnDevices(
  "attention drops the weights that Philox drops at (token * heads + head, position of the key)",
  async (device) => {
    const lengths = [9, 2, 6];
    // Equal scores, and the value of each position is its own unit vector: out[row] lists the factors of its
    // keys.
    const inputs = {
      ...inputsOf(17),
      query: new Float32Array(17 * hidden),
      value: new Float32Array(17 * hidden),
    };
    const positions = lengths.flatMap((length) => Array.from({ length }, (_, position) => position));
    positions.forEach((position, row) => {
      for (let head = 0; head < heads; head++) inputs.value[row * hidden + head * headSize + position] = 1;
    });
    const { out } = await run(device, inputs, { lengths, p: 0.5 });
    const length = lengths.flatMap((length) => Array(length).fill(length));
    const expected = out.map((_, i) => {
      const [row, column] = [Math.floor(i / headSize), i % headSize];
      const keys = length[Math.floor(row / heads)];
      return column < keys && keepScale(dropoutOf(0.5), { row, column }) > 0;
    });
    assertEquals(out.map((weight) => weight !== 0), expected);
  },
);

testOnDevices("attention of no tokens does nothing", async (device) => {
  assertEquals(await run(device, inputsOf(0), { lengths: [] }), {
    out: [],
    dQuery: [],
    dKey: [],
    dValue: [],
  });
});
