/** The devices that doctor can examine. */

import { type CpuOptions, openCpu } from "../../device/cpu/open.ts";
import type { Device } from "../../device/device.ts";
import {
  findAdapter,
  isSoftware,
  openWebGpu,
  type SoftwareBackend,
  softwareBackend,
} from "../../device/webgpu/open.ts";

/** A device that could be opened, or the reason why there is none. */
export interface Candidate {
  readonly kind: Device["kind"];
  readonly adapter?: AdapterFacts;
  open(): Promise<Device>;
}

/** What a WebGPU adapter says of itself. */
export interface AdapterFacts {
  readonly name: string;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
  /** What carries out WebGPU there, where that can be told. */
  readonly backend?: SoftwareBackend;
  readonly features: readonly string[];
  readonly limits: readonly AdapterLimit[];
}

/** A limit of the adapter next to WebGPU's default, which is what Lacuna asks for. */
export interface AdapterLimit {
  readonly name: string;
  readonly adapter: number;
  readonly standard: number;
}

/** The limits that kernels and buffers have to respect, with the defaults of the WebGPU specification. */
const STANDARD_LIMITS = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  minStorageBufferOffsetAlignment: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

/**
 * The devices of this machine, WebGPU first; asked for by name it is listed also where there is no adapter.
 */
export async function findCandidates(
  which: "all" | Device["kind"],
  options: CpuOptions = {},
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  if (which !== "cpu") {
    const adapter = await findAdapter();
    candidates.push({ kind: "webgpu", adapter: adapter && factsOf(adapter), open: openWebGpu });
  }
  if (which !== "webgpu") candidates.push({ kind: "cpu", open: () => openCpu(options) });
  return candidates;
}

function factsOf(adapter: GPUAdapter): AdapterFacts {
  const { info, features, limits } = adapter;
  return {
    name: info.description || info.vendor,
    software: isSoftware(adapter),
    backend: softwareBackend(adapter),
    features: [...features].sort(),
    limits: Object.entries(STANDARD_LIMITS).map(([name, standard]) => ({
      name,
      adapter: limits[name as keyof typeof STANDARD_LIMITS],
      standard,
    })),
  };
}
