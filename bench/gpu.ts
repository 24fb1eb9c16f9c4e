/**
 * `deno task bench-gpu`: everything that tells how Lacuna runs on a GPU, in one go and one file to send back.
 *
 * A part that fails is noted, and the next one runs.
 *
 * @module
 */

import { type Console, type Outcome, runCommand } from "../src/cli/command.ts";
import { defineCommand } from "../src/cli/definition.ts";
import { text, type Values } from "../src/cli/options.ts";

const definition = defineCommand({
  name: "bench-gpu",
  summary:
    "Runs doctor, bench-kernels, bench and a short training on WebGPU, and writes one file to send back. " +
    "It takes 5 to 15 minutes on a GPU; nothing leaves this machine.",
  options: { out: text("FILE", "where the results go (default: lacuna-gpu.json)") },
  examples: [{ args: "", does: "measures this machine's GPU" }],
});

/** Tasks of deno.json, what they do, and about how long. */
const PARTS = [
  { task: "doctor", args: [], what: "examines the adapter, and tests every kernel on it: a minute" },
  { task: "bench-kernels", args: ["--device", "webgpu"], what: "speed of every op: 2 to 5 minutes" },
  { task: "bench", args: ["--device", "webgpu"], what: "a training step, op by op: a minute" },
  {
    task: "train",
    args: ["--device", "webgpu", "--max-steps", "50"],
    what: "fifty steps on the embedded corpus: 1 to 5 minutes",
  },
];

/** What came of a part. */
interface PartResult {
  readonly task: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly seconds: number;
  /** The last line of stdout where it is JSON, else null. */
  readonly result: unknown;
  /** What went to stderr. */
  readonly log: string;
}

async function main(
  { out = "lacuna-gpu.json" }: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  console.print(`What will run, and then stand in ${out}:`);
  for (const { task, args, what } of PARTS) {
    console.print(`  deno task ${[task, ...args].join(" ")}: ${what}`);
  }
  const model = await Deno.makeTempDir({ prefix: "lacuna-gpu-" });
  const parts: PartResult[] = [];
  try {
    for (const { task, args } of PARTS) {
      console.progress(`${parts.length + 1}/${PARTS.length} ${task}`);
      const part = await runPart(task, task === "train" ? [...args, "--out", model] : args);
      parts.push(part);
      if (part.code !== 0) console.print(`${task} ended with ${part.code}: ${part.log.split("\n").at(-1)}`);
      // After every part, so that what was measured is kept if a later one takes the machine down.
      await Deno.writeTextFile(out, `${JSON.stringify({ deno: Deno.version, parts }, null, 1)}\n`);
    }
  } finally {
    await Deno.remove(model, { recursive: true });
  }
  const failed = parts.filter(({ code }) => code !== 0).map(({ task }) => task);
  console.print(`Please send ${out} back.${failed.length ? ` Without a result: ${failed.join(", ")}.` : ""}`);
  return { json: { out, failed } };
}

async function runPart(task: string, args: readonly string[]): Promise<PartResult> {
  const start = performance.now();
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["task", task, ...args, "--json"],
    cwd: new URL("..", import.meta.url),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return {
    ...{ task, args, code, result: lastJson(text(stdout)), log: text(stderr) },
    seconds: (performance.now() - start) / 1000,
  };
}

function lastJson(text: string): unknown {
  try {
    return JSON.parse(text.split("\n").at(-1)!);
  } catch {
    return null;
  }
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
