import type { Access, DType, OpDeclaration, Pass } from "../../../kernels/contract.ts";
import type { ErrorScopes } from "./error_scopes.ts";

/** A compiled kernel with what it takes to bind buffers to it. */
interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Buffer names in binding order. */
  readonly names: readonly string[];
}

/** What tells a pipeline from all others of a device: passes of one key have one text. */
export function pipelineKey({ name, constants }: Pass, dtypes: Readonly<Record<string, DType>>): string {
  let key = name;
  for (const constant in constants) key += ` ${constant}=${constants[constant]}`;
  for (const buffer in dtypes) if (dtypes[buffer] === "f16") key += ` ${buffer}:f16`;
  return key;
}

/** Compiles each variant of a kernel once. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #uniformLayout: GPUBindGroupLayout;
  readonly #scopes: ErrorScopes;
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(device: GPUDevice, uniformLayout: GPUBindGroupLayout, scopes: ErrorScopes) {
    this.#device = device;
    this.#uniformLayout = uniformLayout;
    this.#scopes = scopes;
  }

  /** The pipeline of a pass, compiled when it is first asked for. */
  get(
    declaration: OpDeclaration,
    { pass, dtypes }: { pass: Pass; dtypes: Readonly<Record<string, DType>> },
  ): Pipeline {
    const key = pipelineKey(pass, dtypes);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#scopes.guard(`compiling ${key}`, () => this.#compile(key, declaration, pass));
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  #compile(label: string, declaration: OpDeclaration, pass: Pass): Pipeline {
    const accesses = pass.bindings.map((binding): [string, Access] => {
      const [name, access] = binding.split(":");
      return [name, (access as Access) ?? declaration.buffers[name]?.access ?? "readWrite"];
    });
    const layout = this.#device.createBindGroupLayout({
      label,
      entries: accesses.map(([, access], binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: access === "read" ? "read-only-storage" : "storage" },
      })),
    });
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts: [layout, this.#uniformLayout] }),
      compute: {
        module: this.#device.createShaderModule({ label, code: pass.source() }),
        entryPoint: "main",
        constants: pass.constants,
      },
    });
    return { pipeline, layout, names: accesses.map(([name]) => name) };
  }
}
