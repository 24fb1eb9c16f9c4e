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

/** The factors of a row, by the host's Philox. */
function expectedFactors(row: number, { columns }: { columns: number }, p: number): Float32Array {
  const words = new Uint32Array(4);
  const key = Uint32Array.of(address.dropoutSeed, address.dropoutMicroBatch);
  return Float32Array.from({ length: columns }, (_, column) => {
    philox4x32(Uint32Array.of(column >>> 2, row, address.dropoutStep, address.dropoutSite), key, words);
    return words[column & 3] >= dropoutThreshold(p) ? 1 / (1 - p) : 0;
  });
}

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
  const expected = Float32Array.from(
    Array.from({ length: rows }, (_, row) => [...expectedFactors(row, { columns }, p)]).flat(),
  );
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

testOnDevices(
  "dropout of more elements than the workgroups of one dimension hold goes on where the next one begins",
  async (device) => {
    const [rows, columns, p] = [4100, 1025, 0.5];
    const found = await factors(device, { rows, columns }, p);
    for (const row of [0, 4091, rows - 1]) {
      const expected = expectedFactors(row, { columns }, p);
      assertEquals(found.subarray(row * columns, (row + 1) * columns), expected, `row ${row}`);
    }
  },
);

testOnDevices("dropout with p = 0 keeps everything as it is", async (device) => {
  const found = await factors(device, { rows: 9, columns: 33 }, 0);
  assert(found.every((factor) => factor === 1));
});
