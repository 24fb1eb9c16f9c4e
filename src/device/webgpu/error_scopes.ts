import { DeviceError, DeviceLostError } from "../../errors.ts";

const FILTERS = ["validation", "out-of-memory"] as const;

/** Finds out when a GPU device failed and what was going on; a failed device stays failed. */
export class ErrorScopes {
  readonly #device: GPUDevice;
  /** Checks still under way; the next wait throws what they found. */
  readonly #checks = new Set<Promise<void>>();
  #failure: DeviceError | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.lost?.then((info) => {
      if (info.reason !== "destroyed") {
        this.fail(new DeviceLostError(`The GPU device was lost: ${info.message}`));
      }
    });
  }

  /** Carries out device calls, and says what was going on when one failed. */
  guard<T>(doing: string, call: () => T): T {
    this.open();
    try {
      return call();
    } finally {
      this.close(doing);
    }
  }

  open(): void {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
  }

  /**
   * Checks what the innermost scopes caught; checks that are over are forgotten, so that they do not pile up.
   */
  close(doing: string): void {
    for (const _ of FILTERS) {
      const check = this.#device.popErrorScope().then(
        (error) => {
          if (error) this.fail(new DeviceError(`The GPU device failed when ${doing}: ${error.message}`));
        },
        (error) => this.fail(new DeviceLostError(`The GPU device was lost when ${doing}: ${error}`)),
      ).then(() => {
        this.#checks.delete(check);
      });
      this.#checks.add(check);
    }
  }

  fail(error: DeviceError): void {
    this.#failure ??= error;
  }

  /** Throws the first failure that is known by now. */
  throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Waits for the checks and throws the first failure. */
  async settle(): Promise<void> {
    await Promise.all(this.#checks);
    this.throwFailure();
  }
}
