/** Fails where there is no WebGPU adapter. */

import { findAdapter, softwareBackend } from "../src/device/webgpu/open.ts";

const adapter = await findAdapter();
if (!adapter) {
  console.error("No WebGPU adapter: the WGSL kernels cannot be tested.");
  Deno.exit(1);
}
const backend = softwareBackend(adapter);
console.log(`WebGPU adapter: ${adapter.info.description}${backend === undefined ? "" : `, on ${backend}`}`);
