import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../../src/cli/frame/command.ts";
import { openDevice } from "../../../src/cli/device/device.ts";
import type { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import type { ChosenDevice, DeviceKind, DeviceOptions } from "../../../src/device/open.ts";
import type { WebGpuDevice } from "../../../src/device/webgpu/webgpu_device.ts";

/** Chooses without a machine. */
function choose(kind: DeviceKind, { threads = 2 }: DeviceOptions = {}): Promise<ChosenDevice> {
  const device = kind === "cpu"
    ? { kind, description: "cpu (WASM)", remark: `${threads} threads` } as CpuDevice
    : { kind: "webgpu", description: "webgpu (Radeon)" } as WebGpuDevice;
  return Promise.resolve({ device, reason: kind === "auto" ? "because there is a GPU" : "as asked" });
}

Deno.test("the person is told which device it is, with how many threads, and why", async () => {
  const asked = { threads: undefined, blas: undefined };
  assertEquals(
    (await openDevice({ ...asked, device: "auto" }, choose)).line,
    "Device: webgpu (Radeon), because there is a GPU",
  );
  assertEquals(
    (await openDevice({ ...asked, device: "cpu", threads: 3 }, choose)).line,
    "Device: cpu (WASM), 3 threads, as asked",
  );
});

Deno.test("--blas is refused with --device webgpu", () =>
  assertRejects(
    () => openDevice({ device: "webgpu", threads: undefined, blas: "auto" }, choose),
    UsageError,
    "Expected another --device with --blas: WebGPU cannot use it.",
  ));
