import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Device } from "../../src/device/device.ts";
import { dropoutThreshold, philox4x32 } from "../../src/random/philox.ts";
import { testOnDevices } from "../devices.ts";

const address = {
  dropoutSeed: 0xa4093822,
  dropoutMicroBatch: 0x299f31d0,
  dropoutStep: 0x13198a2e,
  dropoutSite: 0x3707344,
};

/** The dropout of ones: the factor of every element. */
async function factors(device: Device, { rows, columns }: { rows: number; columns: number }, p: number) {
  const x = device.allocate("f32", rows * columns);
  const y = device.allocate("f32", rows * columns);
  device.upload(x, new Float32Array(rows * columns).fill(1));
  const dropout = { ...address, dropoutThreshold: dropoutThreshold(p), dropoutScale: 1 / (1 - p) };
  device.dispatch("dropout", { x, y }, { rows, columns, ...dropout });
  return await device.read(y) as Float32Array;
}

testOnDevices("dropout draws the host's Philox words, to the bit", async (device) => {
  const [rows, columns, p] = [37, 131, 0.3];
  const expected = new Float32Array(rows * columns);
  const words = new Uint32Array(4);
  const key = Uint32Array.of(address.dropoutSeed, address.dropoutMicroBatch);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const counter = Uint32Array.of(column >>> 2, row, address.dropoutStep, address.dropoutSite);
      philox4x32(counter, key, words);
      expected[row * columns + column] = words[column & 3] >= dropoutThreshold(p) ? 1 / (1 - p) : 0;
    }
  }
  assertEquals(await factors(device, { rows, columns }, p), expected);
});

testOnDevices(
  "dropout draws Random123's known answer for zeros, to the bit",
  async (device) => {
    // The counter and the key are all zeros, so the first row begins with this block.
    const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
    const uniforms = {
      dropoutSeed: 0,
      dropoutMicroBatch: 0,
      dropoutStep: 0,
      dropoutSite: 0,
      dropoutScale: 1,
    };
    const x = device.allocate("f32", 4);
    const y = device.allocate("f32", 4);
    device.upload(x, new Float32Array(4).fill(1));
    for (const [column, word] of words.entries()) {
      for (const [threshold, kept] of [[word, 1], [word + 1, 0]]) {
        device.dispatch("dropout", { x, y }, {
          rows: 1,
          columns: 4,
          ...uniforms,
          dropoutThreshold: threshold,
        });
        assertEquals((await device.read(y))[column], kept, `word ${column} against threshold ${threshold}`);
      }
    }
  },
);

testOnDevices(
  "dropout keeps a share of 1 - p and with it the mean, within 4 standard deviations",
  async (device) => {
    const [rows, columns] = [512, 256];
    for (const p of [0.1, 0.5]) {
      const found = await factors(device, { rows, columns }, p);
      const share = found.filter((factor) => factor !== 0).length / found.length;
      assertAlmostEquals(share, 1 - p, 4 * Math.sqrt(p * (1 - p) / found.length));
    }
  },
);

testOnDevices("dropout with p = 0 keeps everything as it is", async (device) => {
  const found = await factors(device, { rows: 9, columns: 33 }, 0);
  assert(found.every((factor) => factor === 1));
});
