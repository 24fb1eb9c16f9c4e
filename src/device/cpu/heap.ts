import { DeviceError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";

/** A stretch of memory. */
export interface Block {
  readonly address: number;
  readonly byteLength: number;
  /**
   * It is the host's alone when so many passes are complete; whoever submits a pass that uses it says so
   * here.
   */
  busyUntil: number;
}

const PAGE = 65536;
/** Cache lines, and more than any vector load needs. */
const ALIGNMENT = 64;
/** Bytes past the last block that vector loads may touch. */
const SLACK = 256;

/**
 * Hands out stretches of a WebAssembly memory, which grows as needed; first fit, neighbours merged when free.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Blocks of {@linkcode take} so far that no free stretch could hold. */
  extensions = 0;
  /** Free stretches by address. */
  #free: Block[] = [];
  /** Where memory begins that was never handed out. */
  #end: number;

  /** @param start first byte that may be handed out */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory;
    this.#end = start;
  }

  /**
   * At least `bytes` of memory, its contents undefined; passes of its last owner may still use it.
   *
   * @throws {DeviceError} when 4 GiB, or the machine, are full
   */
  take(bytes: number, label: string): Block {
    const byteLength = wholeLines(bytes);
    const at = this.#free.findIndex((block) => block.byteLength >= byteLength);
    if (at < 0) return this.#extend(byteLength, label);
    const { address, byteLength: found, busyUntil } = this.#free[at];
    if (found === byteLength) this.#free.splice(at, 1);
    else this.#free[at] = { address: address + byteLength, byteLength: found - byteLength, busyUntil };
    return { address, byteLength, busyUntil };
  }

  /** Takes a block back. */
  give({ address, byteLength, busyUntil }: Block): void {
    let at = this.#free.findIndex((block) => block.address > address);
    if (at < 0) at = this.#free.length;
    const [before, after] = [this.#free[at - 1], this.#free[at]];
    const joinsBefore = before !== undefined && before.address + before.byteLength === address;
    const joinsAfter = after !== undefined && address + byteLength === after.address;
    const merged = {
      address: joinsBefore ? before.address : address,
      byteLength: byteLength + (joinsBefore ? before.byteLength : 0) + (joinsAfter ? after.byteLength : 0),
      busyUntil: Math.max(
        busyUntil,
        joinsBefore ? before.busyUntil : 0,
        joinsAfter ? after.busyUntil : 0,
      ),
    };
    this.#free.splice(at - Number(joinsBefore), Number(joinsBefore) + Number(joinsAfter), merged);
  }

  /** Memory behind all blocks. */
  #extend(byteLength: number, label: string): Block {
    this.extensions++;
    const missing = this.#end + byteLength + SLACK - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE), { bytes: byteLength, label });
    const address = this.#end;
    this.#end += byteLength;
    return { address, byteLength, busyUntil: 0 };
  }

  #grow(pages: number, { bytes, label }: { bytes: number; label: string }): void {
    try {
      this.memory.grow(pages);
    } catch {
      const used = Math.round(this.memory.buffer.byteLength / 2 ** 20);
      throw new DeviceError(
        new Message(
          `No memory for ${bytes} bytes (${label}): the CPU device has taken ${used} MiB, and WebAssembly ends at `,
          message`4096; use a smaller ${setting("batchTokens")}, ${setting("recompute")}, `,
          message`${setting("freezeEmbeddings")} or a smaller model`,
        ),
      );
    }
  }
}

/** Bytes of a block: cache lines, at least one, so that no two blocks begin at the same place. */
function wholeLines(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
}
