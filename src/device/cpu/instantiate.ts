/** The exports of the kernels: `kernel(call, task, thread)`, see `kernels/cpu/kernel.ts`. */
export type WasmKernels = Record<string, (call: number, task: number, thread: number) => void>;

/** The kernels' exports on one thread. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): WasmKernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as WasmKernels;
}
