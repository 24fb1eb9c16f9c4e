import { assertEquals } from "@std/assert";
import { testsOn } from "./devices.ts";

/** An adapter as WebGPU describes it. */
const described = (description: string, maxBindingsPerBindGroup: number) => ({
  info: { description },
  limits: { maxBindingsPerBindGroup },
});

Deno.test("the tests say what carries out WebGPU on a software adapter, and prove fewer products on OpenGL", () => {
  const mesa = "llvmpipe (LLVM 15.0.6, 256 bits)";
  assertEquals(testsOn(described(mesa, 1024)), { name: "webgpu on Vulkan", productStride: 1 });
  for (const unlimited of [65_535, 2 ** 32 - 1]) {
    assertEquals(testsOn(described(mesa, unlimited)), { name: "webgpu on OpenGL", productStride: 8 });
  }
  assertEquals(testsOn(described("Apple M4", 2 ** 32 - 1)), { name: "webgpu", productStride: 1 });
  assertEquals(testsOn(undefined), { name: "webgpu", productStride: 1 });
});
