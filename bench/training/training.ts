/**
 * Training and prediction beside PyTorch + transformers: real tokens a second and peak memory.
 *
 *     deno run -A bench/training/training.ts --python .venv/bin/python [--threads 2] [--blas PATH|auto] [--runs 5] [--json]
 *
 * --only training|prediction, --steps N (12 batches of PyTorch), --batch-sentences N (16 in each), --batch-tokens N
 * (ours; default: as many real tokens a step as PyTorch), --warmup N (2 steps), --sentences N (800, of prediction),
 * --device cpu|webgpu, --model DIR (e5-small-trim), --train FILE, --predict FILE (Swahili of MasakhaNER 2.0), --seed N
 * (1).
 * What is compared stands in bench/README.md.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fromFileUrl } from "@std/path";
import { calibrate, showCalibration } from "../measure/calibration.ts";
import { deviceArguments, deviceOptions, deviceRequest } from "../measure/device.ts";
import { alternate, type Command, own } from "../measure/process.ts";
import { ratios, show, spread } from "../measure/statistics.ts";
import { table } from "../measure/table.ts";
import { writeRuns } from "./training_data.ts";

/** What each process prints. */
interface Result {
  readonly tokens: number;
  readonly seconds: number;
  readonly padding: number;
  readonly peakBytes: number;
  readonly steps?: number;
  /** GFLOP/s of PyTorch's matmul just before, on the threads of the run. */
  readonly calibration?: number;
}

const shared = (path: string) => fromFileUrl(new URL(`../../../shared/${path}`, import.meta.url));

const { values } = parseArgs({
  options: {
    ...deviceOptions,
    threads: { type: "string", default: "2" },
    python: { type: "string", default: ".venv/bin/python" },
    model: { type: "string" },
    train: { type: "string" },
    predict: { type: "string" },
    steps: { type: "string", default: "12" },
    sentences: { type: "string", default: "800" },
    "batch-sentences": { type: "string", default: "16" },
    "batch-tokens": { type: "string" },
    warmup: { type: "string", default: "2" },
    runs: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.runs);
const threads = Number(values.threads);

const out = await Deno.makeTempDir({ prefix: "lacuna-bench-" });
try {
  const [steps, sentences, seed] = [values.steps, values.sentences, values.seed].map(Number);
  const files = await writeRuns({
    model: values.model ?? shared("checkpoints/e5-small-trim"),
    train: values.train ?? shared("data/masakhaner2/swa/train.txt"),
    predict: values.predict ?? shared("data/masakhaner2/swa/test.txt"),
    ...{ steps, sentences, seed, out, batchSentences: Number(values["batch-sentences"]) },
  });
  // A twentieth more than the mean: sentences never fill a batch to the last token.
  const batchTokens = values["batch-tokens"] ?? String(Math.ceil(1.05 * files.tokens / steps));
  const calibration = await calibrate(threads);
  if (!values.json) console.log(showCalibration(calibration));
  const warmup = ["--warmup", values.warmup];
  const training = values.only !== "prediction" && await compare("Training", {
    ...ours("train", files.grouped, ...warmup, "--batch-tokens", batchTokens),
    "PyTorch, padded": peer("train", files.padded, ...warmup),
    "PyTorch, grouped by length": peer("train", files.grouped, ...warmup),
  });
  const prediction = values.only !== "training" && await compare("Prediction", {
    ...ours("predict", files.prediction),
    "PyTorch, sorted by length": peer("predict", files.prediction, ...warmup),
  });
  if (values.json) console.log(JSON.stringify({ calibration, threads, training, prediction }));
  else console.log(showCalibration(await calibrate(threads)));
} finally {
  await Deno.remove(out, { recursive: true });
}

/** Our contenders: with WASM kernels, and with a BLAS where one is asked for. */
function ours(...work: string[]): Record<string, Command> {
  const { blas, ...request } = deviceRequest(values);
  const command = (blas?: string) =>
    own(new URL("training_run.ts", import.meta.url), ...work, ...deviceArguments({ ...request, blas }));
  return { "Lacuna": command(), ...(blas !== undefined && { "Lacuna, BLAS": command(blas) }) };
}

function peer(...work: string[]): Command {
  const script = fromFileUrl(new URL("../peers/training.py", import.meta.url));
  return [values.python, script, ...work, "--threads", String(threads)];
}

/** Runs all in turns and prints a table: speed, memory, and how many times as fast ours are. */
async function compare(title: string, commands: Record<string, Command>) {
  const results = await alternate<Result>(new Map(Object.entries(commands)), {
    rounds,
    onResult: (name, round, { tokens, seconds }) =>
      console.error(`${round}/${rounds} ${name}: ${(tokens / seconds).toFixed(0)} tokens/s`),
  });
  const speeds = new Map([...results].map((
    [name, all],
  ) => [name, all.map(({ tokens, seconds }) => tokens / seconds)]));
  const ours = [...results.keys()].filter((name) => name.startsWith("Lacuna"));
  const rows = [...results].map(([name, all]) => ({
    name,
    tokensPerSecond: spread(speeds.get(name)!),
    tokensPerStep: all[0].steps && all[0].tokens / all[0].steps,
    padding: all[0].padding,
    peakBytes: spread(all.map(({ peakBytes }) => peakBytes)),
    calibration: all[0].calibration && spread(all.map(({ calibration }) => calibration!)),
    ratios: Object.fromEntries(ours.map((our) => [our, ratios(speeds.get(our)!, speeds.get(name)!)])),
  }));
  if (!values.json) {
    console.log(table(rows.map(({ name, tokensPerSecond, tokensPerStep, padding, peakBytes, ...row }) => ({
      [title]: name,
      "real tokens/s": show(tokensPerSecond, 0),
      "a step": tokensPerStep?.toFixed(0) ?? "",
      padding: `${(100 * padding).toFixed(0)} %`,
      "peak MB": (peakBytes.median / 1e6).toFixed(0),
      ...Object.fromEntries(ours.map((our) => [`${our} is x times as fast`, show(row.ratios[our], 2)])),
      "torch.mm GFLOP/s": row.calibration ? show(row.calibration, 0) : "",
    }))));
  }
  return rows;
}
