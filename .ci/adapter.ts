/** Fails where there is no WebGPU adapter. */

import { findAdapter } from "../src/device/webgpu/open.ts";

const adapter = await findAdapter();
if (!adapter) {
  console.error("No WebGPU adapter: the WGSL kernels cannot be tested.");
  Deno.exit(1);
}
console.log(`WebGPU adapter: ${adapter.info.description}`);
