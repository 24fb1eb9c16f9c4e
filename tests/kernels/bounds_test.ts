import { assert } from "@std/assert";
import { ops } from "../../kernels/mod.ts";
import type { OpName } from "../../kernels/mod.ts";
import type { OpDeclaration } from "../../kernels/contract.ts";
import { cases } from "../../kernels/reference/mod.ts";
import type { Case } from "../../kernels/reference/proof.ts";
import { dtypeOf } from "../../src/device/call.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { View } from "../../src/device/device.ts";

/** Words of the memory that a case has, and what all of them are before. */
const WORDS = 2 ** 19;
const UNTOUCHED = 0xa5c3f00d;

Deno.test("kernels on the CPU write nowhere but into buffers that they may write and their scratch memory", async () => {
  const device = new CpuDevice();
  const all = device.allocate("u32", WORDS, "all memory");
  const begin = addressOf(all);
  device.free(all);
  const blocks: { address: number; bytes: number }[] = [];
  const take = device.memory.take.bind(device.memory);
  device.memory.take = (bytes, label) => {
    const block = take(bytes, label);
    blocks.push({ address: block.address, bytes });
    return block;
  };
  for (const proof of (Object.keys(cases) as OpName[]).flatMap((op) => cases[op]())) {
    const name = `${proof.op} ${proof.label}`;
    device.upload(all, new Uint32Array(WORDS).fill(UNTOUCHED));
    blocks.length = 0;
    const views = await run(device, proof);
    const memory = await device.read(all) as Uint32Array;
    const declaration: OpDeclaration = ops[proof.op];
    for (const [buffer, data] of Object.entries(proof.buffers)) {
      if (declaration.buffers[buffer].access !== "read") continue;
      const at = (addressOf(views[buffer]) - begin) / 4;
      const given = new Uint32Array(data.buffer, data.byteOffset, data.length);
      const changed = given.findIndex((word, i) => memory[at + i] !== word);
      assert(changed < 0, `${name} wrote to ${buffer}, which it may only read`);
    }
    for (const { address, bytes } of blocks) {
      const at = (address - begin) / 4;
      assert(at >= 0 && at + bytes / 4 <= WORDS, `${name} needs more memory than the test has`);
      memory.fill(UNTOUCHED, at, at + Math.ceil(bytes / 4));
    }
    let at = 0;
    while (at < WORDS && memory[at] === UNTOUCHED) at++;
    assert(at === WORDS, `${name} wrote where nobody gave it memory, ${4 * at} bytes from the beginning`);
  }
});

async function run(device: CpuDevice, { op, buffers, parameters }: Case): Promise<Record<string, View>> {
  const views: Record<string, View> = {};
  for (const [name, data] of Object.entries(buffers)) {
    views[name] = device.allocate(dtypeOf(data), data.length);
    device.upload(views[name], data);
  }
  device.dispatch(op, views as never, parameters as never);
  await device.flush();
  for (const view of Object.values(views)) device.free(view);
  return views;
}

function addressOf({ buffer }: View): number {
  return (buffer as View["buffer"] & { readonly address: number }).address;
}
