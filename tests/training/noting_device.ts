import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";

/** Notes which steps' dropout the kernels draw. */
export class NotingDevice extends CpuDevice {
  readonly dropoutSteps = new Set<number>();

  override dispatch(...[op, buffers, parameters]: Parameters<CpuDevice["dispatch"]>): void {
    const { dropoutThreshold, dropoutStep } = parameters as Record<string, number>;
    if (dropoutThreshold > 0) this.dropoutSteps.add(dropoutStep);
    super.dispatch(op, buffers, parameters);
  }
}
