import type { Device, Withdrawable } from "./device.ts";

/** Stands in the place of a device, and says of itself what that one says. */
export abstract class StandIn {
  protected readonly device: Device;

  constructor(device: Device) {
    this.device = device;
  }

  get kind() {
    return this.device.kind;
  }
  get description() {
    return this.device.description;
  }
  get variants() {
    return this.device.variants;
  }
  get maxBindingBytes() {
    return this.device.maxBindingBytes;
  }
  get maxMemoryBytes() {
    return this.device.maxMemoryBytes;
  }
  get f16Problem() {
    return this.device.f16Problem;
  }

  rehearsal() {
    return this.device.rehearsal();
  }

  withdrawable<T>(enqueue: () => T): Withdrawable<T> {
    return { result: enqueue(), withdraw() {} };
  }
}
