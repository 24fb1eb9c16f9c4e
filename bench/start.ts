/**
 * Seconds from the start of the process `deno task train` to the end of its first step, caches warm.
 *
 *     deno run -A bench/start.ts [--runs 5] [--json] [-- OPTIONS OF TRAIN]
 *
 * Without options of train it is the first command of the README. It is run with --max-steps 1, because
 * losses are read back, and steps logged, a few at a time, but at the end of a run at once; that one step
 * taught the model nothing, and train ends with 1 therefore, is no matter. The first run fills the caches and
 * does not count.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fromFileUrl, join } from "@std/path";
import { calibrate, showCalibration } from "./measure/calibration.ts";
import { show, spread } from "./measure/statistics.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});

const calibration = await calibrate(navigator.hardwareConcurrency);
await firstStep();
const runs = [];
for (let i = 0; i < Number(values.runs); i++) runs.push(await firstStep());
const starts = spread(runs.map(({ start }) => start));
const steps = spread(runs.map(({ step }) => step));
if (values.json) console.log(JSON.stringify({ calibration, start: starts, firstStep: steps }));
else {
  console.log(showCalibration(calibration));
  console.log(
    `Process start to "start" event: ${show(starts, 2)} s, to the end of step 1: ${show(steps, 2)} s`,
  );
}

/** Seconds from the start of the process to two lines of its log. */
async function firstStep(): Promise<{ start: number; step: number }> {
  const out = await Deno.makeTempDir({ prefix: "lacuna-bench-" });
  try {
    const log = join(out, "log.jsonl");
    const begin = Date.now();
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "train", "--max-steps", "1", "--out", out, "--log", log, "--json", ...positionals],
      cwd: fromFileUrl(new URL("..", import.meta.url)),
      stderr: "piped",
    }).output();
    const events: { type: string; time: string }[] = (await Deno.readTextFile(log)).trim().split("\n")
      .map((line) => JSON.parse(line));
    const seconds = (type: string) => {
      const event = events.find((event) => event.type === type);
      if (!event) throw new Error(`deno task train failed: ${new TextDecoder().decode(stderr)}`);
      return (Date.parse(event.time) - begin) / 1000;
    };
    return { start: seconds("start"), step: seconds("step") };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
