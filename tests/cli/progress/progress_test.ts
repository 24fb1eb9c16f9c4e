import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Console } from "../../../src/cli/frame/command.ts";
import { formatDuration, Pace } from "../../../src/cli/progress/pace.ts";
import { Progress } from "../../../src/cli/progress/progress.ts";
import { describeTraining } from "../../../src/cli/train/train_report.ts";
import { scoreSentences } from "../../../src/evaluation/scores.ts";
import type { StartEvent, StepEvent, TrainingEvent } from "../../../src/training/events.ts";
import { defaultSettings } from "../../../src/training/settings.ts";

const start: StartEvent = {
  type: "start",
  settings: defaultSettings,
  device: "cpu",
  variants: {},
  labels: ["O", "B-PER", "I-PER"],
  parameters: { total: 1200, trainable: 1000 },
  memory: { weights: 4800, gradients: 4000, moments: 8000, activations: 2 ** 20, rest: 1024, total: 2 ** 21 },
  fresh: [],
  sentences: { training: 7, dev: 2, test: 0 },
  unknownWords: { words: 70, unknown: 0, unknownInNfc: 0 },
  totalSteps: 40,
  doneSteps: 0,
};
const stepEvent = (step: number): StepEvent => ({
  type: "step",
  phase: "tagging",
  step,
  totalSteps: 40,
  epoch: 1,
  loss: 0.5,
  taggingLoss: 0.5,
  mlmLoss: 0,
  learningRate: 1e-4,
  tokens: 100,
  masked: { tokens: 15, of: 100 },
});
const evaluation: TrainingEvent = {
  type: "evaluation",
  split: "dev",
  epoch: 1,
  step: 20,
  report: scoreSentences([["B-PER", "O"]], [["B-PER", "O"]]),
  loss: 0.1,
  calibration: { temperature: 1, before: 0, after: 0 },
  best: true,
};

/** A clock that a test sets. */
function clock() {
  let now = 5000;
  return { now: () => now, pass: (milliseconds: number) => void (now += milliseconds) };
}

/** What the events look like; each ten steps take a second and come together, the evaluation takes five. */
function shown(columns: number | undefined): string {
  let stderr = "";
  const { now, pass } = clock();
  const console = { columns, stderr: (text: string) => void (stderr += text) } as Console;
  {
    using progress = new Progress(console, { describe: describeTraining, pace: new Pace(now) });
    progress.show(start);
    for (let step = 1; step <= 30; step++) {
      if (step % 10 === 1) pass(1000);
      progress.show(stepEvent(step));
      if (step !== 20) continue;
      pass(5000);
      progress.show(evaluation);
    }
  }
  return stderr;
}

Deno.test("progress in a file or a pipe: a line every twentieth of the run, with speed and time left once known", () => {
  assertEquals(
    shown(undefined).split("\n").filter((line) => !/step (4|6|8|12|14|16|18|24|26|28)\//.test(line)),
    [
      "Training 1,000 of 1,200 parameters on 7 sentences (dev 2, test 0), 40 steps",
      "Memory: at most 2 MiB on the device " +
      "(weights 4.7 KiB, gradients 3.9 KiB, moments 7.8 KiB, activations 1 MiB, the rest 1 KiB)",
      "epoch 1, step 2/40, loss 0.5000",
      "epoch 1, step 10/40, loss 0.5000",
      "epoch 1, step 20/40, loss 0.5000, 1,000 tokens/s, 2 s left",
      "epoch 1: dev F1 100.00 strict, 100.00 default, loss 0.1000 (best so far)",
      "epoch 1, step 22/40, loss 0.5000, 1,000 tokens/s, 6 s left",
      "epoch 1, step 30/40, loss 0.5000, 1,000 tokens/s, 4 s left",
      "",
    ],
  );
});

Deno.test("progress on a terminal: a bar under the lines that stay, and the cursor where it was in the end", () => {
  const text = shown(90);
  assertMatch(text, /epoch 1 [█░]{25} 1\/40 \| loss 0\.5000/);
  const [, said] = text.split("\x1b[2K");
  assert(said.startsWith("epoch 1: dev F1 100.00 strict, 100.00 default, loss 0.1000 (best so far)\n"), said);
  assert(text.endsWith("\x1b8\x1b[1G\x1b[2K"), JSON.stringify(text.slice(-40)));
});

Deno.test("a resumed run says where it goes on, and reckons with the steps of its own", () => {
  const { now, pass } = clock();
  const pace = new Pace(now);
  pace.note({ ...start, doneSteps: 30 });
  assertEquals([pace.tokensPerSecond, pace.secondsFor(10)], [undefined, undefined]);
  for (const step of [31, 32]) {
    pass(500);
    pace.note(stepEvent(step));
  }
  assertEquals([pace.tokensPerSecond, pace.secondsFor(8)], [200, 4]);
});

Deno.test("formatDuration() writes seconds, minutes and hours", () => {
  assertEquals([0.4, 59.6, 130, 3720].map(formatDuration), ["0 s", "1 min 0 s", "2 min 10 s", "1 h 2 min"]);
});
