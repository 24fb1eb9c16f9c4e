/**
 * What doctor does with one device; lines are printed as soon as they are known, because the self-test takes
 * seconds.
 */

import type { OpName } from "../../../kernels/mod.ts";
import { type MemoryProbe, probeMemory } from "../../device/memory_probe.ts";
import { allOps, type OpVerdict, verifyOps } from "../../device/verify_ops.ts";
import { DeviceError } from "../../errors.ts";
import type { Console } from "../frame/command.ts";
import type { AdapterFacts, Candidate } from "./doctor_devices.ts";
import { describeNeeds, type ModelQuestion, needsOn } from "./doctor_model.ts";
import { counted, formatBytes, formatCount, formatTable } from "../frame/format.ts";

/** What was found out about a device. */
export interface Examination {
  readonly kind: Candidate["kind"];
  readonly description: string;
  readonly adapter?: AdapterFacts;
  /** Why it could not be opened; the lists are empty then. */
  readonly problem?: string;
  readonly selfTest: readonly OpVerdict[];
  readonly memoryProbe: readonly MemoryProbe[];
  /** What the model that was asked about needs here. */
  readonly model?: Awaited<ReturnType<typeof needsOn>>;
}

/**
 * Examines one device and prints what it finds, on a model too where there is a question; `ops` are all
 * unless a test has less time.
 */
export async function examine(
  candidate: Candidate,
  console: Console,
  { ops = allOps, question }: { ops?: readonly OpName[]; question?: ModelQuestion } = {},
): Promise<Examination> {
  const { kind, adapter } = candidate;
  let description: string;
  let needs: { readonly model?: Examination["model"]; readonly lines?: string } = {};
  try {
    const device = await candidate.open();
    description = device.description;
    if (question) {
      const model = await needsOn(device, question, console);
      const { maxMemoryBytes } = device;
      needs = { model, lines: describeNeeds(model, { model: question.model, maxMemoryBytes }) };
    }
    device.destroy();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    const problem = console.typed(error.said);
    console.print(`${kind}: ${problem}`);
    return { kind, description: kind, adapter, problem, selfTest: [], memoryProbe: [] };
  }
  console.print(description);
  if (adapter) printAdapter(adapter, console);
  const selfTest = await runSelfTest(candidate, console, ops);
  const memoryProbe = await probeMemory(candidate.open);
  printMemoryProbe(memoryProbe, console);
  if (needs.lines !== undefined) console.print(needs.lines);
  return { kind, description, adapter, selfTest, memoryProbe, model: needs.model };
}

/** The features of WebGPU that have to do with computing; most of the others are about textures. */
const COMPUTE_FEATURES = ["shader-f16", "subgroups", "timestamp-query"];

function printAdapter({ software, backend, features, limits }: AdapterFacts, console: Console): void {
  const where = backend === undefined ? "" : ` on ${backend}`;
  console.print(software ? `  a software adapter${where}, it computes on the CPU` : "  a GPU");
  if (backend === "OpenGL") {
    console.print("  on Vulkan it would be faster (Debian: mesa-vulkan-drivers and libvulkan1)");
  }
  const useful = features.filter((feature) => COMPUTE_FEATURES.includes(feature));
  console.print(`  features for computing: ${useful.join(", ") || "none"}`);
  const rows = limits.map(({ name, adapter, standard }) => [
    `  ${name}`,
    formatCount(adapter),
    formatCount(standard),
  ]);
  const table = formatTable([["  limit", "adapter", "default, used"], ...rows], { right: [1, 2] });
  console.print(table.join("\n"));
}

async function runSelfTest(
  { open }: Candidate,
  console: Console,
  ops: readonly OpName[],
): Promise<OpVerdict[]> {
  console.print("  self-test: worst error as a share of the allowed one");
  const width = Math.max(...ops.map((op) => op.length));
  const verdicts: OpVerdict[] = [];
  for await (const verdict of verifyOps(open, ops)) {
    const { op, cases, worst, failures } = verdict;
    const line = `  ${op.padEnd(width)}  ${counted(cases, "case").padStart(9)}  ${
      worst.toFixed(2).padStart(8)
    }`;
    console.print(`${line}  ${failures.length === 0 ? "ok" : "FAILED"}`);
    for (const failure of failures) console.print(`    ${failure}`);
    verdicts.push(verdict);
  }
  return verdicts;
}

function printMemoryProbe(probes: readonly MemoryProbe[], console: Console): void {
  for (const { bytes, problem } of probes) {
    console.print(
      `  buffer of ${formatBytes(bytes)}: ${problem === undefined ? "ok" : `FAILED, ${problem}`}`,
    );
  }
  if (probes.some(({ problem }) => problem !== undefined)) {
    console.print(
      "  Some GPUs refuse buffers that they have room for (denoland/deno issue 35195): " +
        "close programs that use the GPU, or train with --device cpu",
    );
  }
}
