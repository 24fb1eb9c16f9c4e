import relaxed from "../../../kernels/cpu/wasm/relaxed.base64" with { type: "text" };
import simd from "../../../kernels/cpu/wasm/simd.base64" with { type: "text" };
import unshared from "../../../kernels/cpu/wasm/unshared.base64" with { type: "text" };
import { DeviceError } from "../../errors.ts";

/** The kernels, compiled for this engine, and the memory that they run on. */
export interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Whether a product and a sum are rounded together; such results differ in the last bits. */
  readonly fused: boolean;
  /** Whether threads can share the memory. */
  readonly shared: boolean;
}

/** What the kernels ask of an engine; a parameter so that tests can take it away. */
export interface Engine {
  validate(bytes: BufferSource): boolean;
  readonly Memory: typeof WebAssembly.Memory;
  readonly Module: typeof WebAssembly.Module;
}

/** All that 32-bit addresses reach. */
const MOST_PAGES = 65536;
const FIRST_PAGES = 64;

/**
 * Compiles the kernels in the best variant that the engine has.
 *
 * @throws {DeviceError} if the engine has no SIMD, or refuses the memory
 */
export function compileKernels(engine: Engine = WebAssembly): CompiledKernels {
  const memory = newMemory(engine);
  const shared = !(memory.buffer instanceof ArrayBuffer);
  const variants = shared ? [relaxed, simd] : [unshared];
  for (const text of variants) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    if (!engine.validate(bytes)) continue;
    return { module: new engine.Module(bytes), memory, fused: text === relaxed, shared };
  }
  throw new DeviceError(
    "Expected an engine with WebAssembly SIMD but this one lacks it: use Deno 2, or a browser from 2023 on",
  );
}

/** Shared memory, or a memory of this thread alone where the engine does not share any. */
function newMemory({ Memory }: Engine): WebAssembly.Memory {
  try {
    return new Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
  } catch {
    return ownMemory(Memory);
  }
}

function ownMemory(Memory: Engine["Memory"]): WebAssembly.Memory {
  try {
    return new Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  } catch (error) {
    throw new DeviceError(
      `The engine has no memory for the CPU device: ${error instanceof Error ? error.message : error}`,
    );
  }
}
