import type { DType, OpDeclaration, ParametersOf } from "../../kernels/contract.ts";
import { kernels } from "../../kernels/cpu/mod.ts";
import type { HostArray } from "../../kernels/cpu/kernel.ts";
import { type Op, type OpName, ops } from "../../kernels/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { checkCall, checkUpload } from "./call.ts";
import type { Device, DeviceBuffer, HostData, View } from "./device.ts";
import { DeviceError } from "../errors.ts";

interface HostBuffer extends DeviceBuffer {
  readonly memory: ArrayBuffer;
}

/** Ops in plain TypeScript on one thread: no speed is claimed, and every machine has it. */
export class CpuDevice implements Device {
  readonly kind = "cpu";
  readonly description = "cpu (TypeScript, 1 thread)";
  readonly maxBindingBytes = 2 ** 31 - 4;
  readonly memory = new BufferPool<HostBuffer>({
    create(bytes, label) {
      try {
        return { byteLength: bytes, memory: new ArrayBuffer(bytes) };
      } catch {
        throw new DeviceError(
          `No memory for ${bytes} bytes (${label}): use a smaller --batch-tokens or a smaller model`,
        );
      }
    },
    destroy() {},
  });

  allocate(dtype: DType, length: number, label = "buffer"): View {
    return { buffer: this.memory.take(length * 4, label), dtype, offset: 0, length };
  }

  free(view: View): void {
    this.memory.give(view.buffer as HostBuffer);
  }

  upload(view: View, data: HostData): void {
    checkUpload(view, data);
    hostArray(view).set(data);
  }

  clear(view: View): void {
    hostArray(view).fill(0);
  }

  dispatch<N extends OpName>(
    op: N,
    buffers: Record<string, View | undefined>,
    parameters: ParametersOf<Op<N>>,
  ): void {
    const call = checkCall(op, ops[op] as OpDeclaration, buffers, parameters);
    const arrays: Record<string, HostArray> = {};
    for (const name in buffers) {
      const view = buffers[name];
      if (view) arrays[name] = hostArray(view);
    }
    const kernel = kernels[op] as (
      buffers: Record<string, HostArray>,
      parameters: Record<string, number>,
    ) => void;
    kernel(arrays, { ...call.uniforms, ...call.constants });
  }

  read(view: View): Promise<HostData> {
    return Promise.resolve(hostArray(view).slice());
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {
    this.memory.close();
  }
}

const arrayTypes = { f32: Float32Array, u32: Uint32Array, i32: Int32Array };

function hostArray(view: View): HostArray {
  return new arrayTypes[view.dtype]((view.buffer as HostBuffer).memory, view.offset * 4, view.length);
}
