/**
 * `deno task bench-gpu`: everything that tells how Lacuna runs on a GPU, in one go and one file to send back.
 *
 * A part that fails is noted, and the next one runs.
 *
 * @module
 */

import { type Console, type Outcome, runCommand } from "../src/cli/frame/command.ts";
import { defineCommand } from "../src/cli/frame/definition.ts";
import { flag, text, type Values } from "../src/cli/frame/options.ts";
import { checkOwn } from "../src/cli/files/own_file.ts";

const definition = defineCommand({
  name: "bench-gpu",
  summary:
    "Runs doctor, bench-kernels, bench and a short training on WebGPU, and writes one file to send back. " +
    "It takes 5 to 15 minutes on a GPU; nothing leaves this machine.",
  options: {
    out: text("FILE", "where the results go (default: lacuna-gpu.json)"),
    quick: flag("a few cases and steps of each, to see within minutes that all parts run"),
  },
  examples: [{ args: "", does: "measures this machine's GPU" }],
});

/** A task of deno.json with its arguments, what it does, and about how long. */
export interface Part {
  readonly task: string;
  readonly args: readonly string[];
  readonly what: string;
}

/**
 * What runs, in this order.
 *
 * @param model folder for the model that is trained
 */
export function gpuParts({ quick, model }: { readonly quick: boolean; readonly model: string }): Part[] {
  const webgpu = ["--device", "webgpu"];
  const only = (...args: string[]) => quick ? args : [];
  return [
    { task: "doctor", args: [], what: "examines the adapter, and tests every kernel on it: a minute" },
    {
      task: "bench-kernels",
      args: [...webgpu, ...only("--filter", "MiniLM, 16 short")],
      what: "speed of every op: 2 to 5 minutes",
    },
    {
      task: "bench",
      args: [...webgpu, ...only("--steps", "2")],
      what: "a training step, op by op: a minute",
    },
    {
      task: "train",
      args: [...webgpu, "--max-steps", quick ? "2" : "50", "--out", model],
      what: "steps on the embedded corpus: 1 to 5 minutes",
    },
  ];
}

/** What came of a part. */
export interface PartResult extends Omit<Part, "what"> {
  readonly code: number;
  readonly seconds: number;
  /** The last line of stdout where it is JSON, else null. */
  readonly result: unknown;
  /** What went to stderr. */
  readonly log: string;
}

async function main(
  { out = "lacuna-gpu.json", quick }: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  await checkOwn(out, { what: "results of bench-gpu", beginning: /^\{\n "deno": / });
  const model = await Deno.makeTempDir({ prefix: "lacuna-gpu-" });
  const parts = gpuParts({ quick, model });
  console.print(`What will run, and then stand in ${out}:`);
  for (const { task, args, what } of parts) {
    console.print(`  deno task ${[task, ...args].join(" ")}: ${what}`);
  }
  const results: PartResult[] = [];
  try {
    for (const part of parts) {
      console.progress(`${results.length + 1}/${parts.length} ${part.task}`);
      const result = await runPart(part);
      results.push(result);
      if (result.code !== 0) {
        console.progress(`${part.task} ended with ${result.code}: ${result.log.split("\n").at(-1)}`);
      }
      // After every part, so that what was measured is kept if a later one takes the machine down.
      await Deno.writeTextFile(out, `${JSON.stringify({ deno: Deno.version, parts: results }, null, 1)}\n`);
    }
  } finally {
    await Deno.remove(model, { recursive: true });
  }
  const failed = results.filter((result) => !hasResult(result)).map(({ task }) => task);
  console.print(`Please send ${out} back.`);
  const failure = failed.length > 0
    ? `Without a result: ${failed.join(", ")}. ${out} has what was said, and the rest.`
    : undefined;
  return { json: { out, failed }, failure };
}

/**
 * Whether a part said what it measured: a training of few steps does so too, though it ends with 1, as it
 * learnt too little.
 */
export function hasResult({ code, result }: PartResult): boolean {
  if (typeof result !== "object" || result === null) return false;
  return code === 0 || !("error" in result);
}

async function runPart({ task, args }: Part): Promise<PartResult> {
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
