import { assertEquals } from "@std/assert";
import { cases } from "../../kernels/reference/mod.ts";
import type { HostData } from "../../src/device/device.ts";
import { testOnDevices } from "../devices.ts";

testOnDevices("widen() is exact for every finite f16 and every normal bf16", async (device) => {
  for (const { buffers, parameters, expected, label } of cases.widen()) {
    const { words, count, format } = parameters;
    const source = device.allocate("u32", words);
    device.upload(source, buffers.source);
    const out = device.allocate("f32", count);
    device.dispatch("widen", { source, out }, { words, count, format });
    const found: HostData = await device.read(out);
    assertEquals(found, Float32Array.from(expected!({}).out), label);
  }
});
