import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";

/** Notes what a run asks of its kernels. */
export class NotingDevice extends CpuDevice {
  /** Steps whose dropout was drawn. */
  readonly dropoutSteps = new Set<number>();
  /** Most rows that one loss was taken over. */
  mostLossRows = 0;

  override dispatch(...[op, buffers, parameters]: Parameters<CpuDevice["dispatch"]>): void {
    const { dropoutThreshold, dropoutStep, rows } = parameters as Record<string, number>;
    if (dropoutThreshold > 0) this.dropoutSteps.add(dropoutStep);
    if (op === "crossEntropyLoss") this.mostLossRows = Math.max(this.mostLossRows, rows);
    super.dispatch(op, buffers, parameters);
  }
}
