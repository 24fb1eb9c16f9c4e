import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { isBetter } from "../../src/training/choice.ts";
import type { EvaluationEvent, TrainingEvent } from "../../src/training/events.ts";
import type { TrainingSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

const gold = [["B-PER", "O", "B-LOC"]];
const calibration = { temperature: 1, before: 0, after: 0 };
const evaluation = (tags: string[], loss: number) => ({
  report: scoreSentences(gold, [tags]),
  loss,
  calibration,
});
const [both, one, none] = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "O"], ["O", "O", "O"]];

Deno.test("the better of two models has the higher F1, of equal F1 the lower loss, and else is the one that was first", () => {
  const cases: [tags: string[], loss: number, kept: string[], keptLoss: number, better: boolean][] = [
    [both, 2, one, 1, true],
    [one, 1, both, 2, false],
    [one, 1, one, 2, true],
    [one, 2, one, 1, false],
    [one, 1, one, 1, false],
    [none, 1, none, 2, true],
    [none, 2, none, 1, false],
  ];
  for (const [tags, loss, kept, keptLoss, better] of cases) {
    assertEquals(isBetter(evaluation(tags, loss), evaluation(kept, keptLoss)), better);
  }
});

const training = syntheticSentences(20, 1, 1);

async function run(dev: typeof training, settings: Partial<TrainingSettings>) {
  const events: TrainingEvent[] = [];
  const result = await train({
    device: new CpuDevice(),
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: new MemoryStore(), dir: "" },
    training,
    dev,
    settings: { masking: "none", dropout: false, batchTokens: 120, ...settings },
    onEvent: (event) => events.push(event),
  });
  const evaluations = events.filter((event): event is EvaluationEvent => event.type === "evaluation");
  return { result, events, evaluations };
}

Deno.test("dev without an entity is said before the first step; the last model is kept, and patience does not end the run", async () => {
  const dev = syntheticSentences(5, 2, 1).map(({ words }) => ({ words, tags: words.map(() => "O") }));
  const settings = { learningRate: 1e-2, headLearningRate: 1e-2, epochs: 12, patience: 1 };
  const { result, events, evaluations } = await run(dev, settings);
  assertEquals(events.slice(0, 2).map(({ type }) => type), ["start", "warning"]);
  const [warning] = events.filter((event) => event.type === "warning");
  assert(warning.message.startsWith("The dev sentences have no entity, so no model can be chosen on them"));
  assertEquals([result.status, result.bestEpoch, result.devF1], ["finished", 12, 0]);
  assert(evaluations.every(({ best }) => best));
  // What is kept finds names, which the loss on such dev sentences speaks against.
  assert(evaluations.at(-1)!.loss > evaluations[0].loss);
});

Deno.test("where no name of dev is ever found the model with the lowest loss is kept, and a lower loss counts for patience", async () => {
  const slow = { learningRate: 1e-4, headLearningRate: 1e-4, epochs: 6, patience: 1 };
  // An entity of four words, where training has only such of one.
  const long = {
    words: ["leo", "na", "jana", "na", "kesho"],
    tags: ["O", "B-LOC", "I-LOC", "I-LOC", "I-LOC"],
  };
  const plain = Array.from({ length: 5 }, () => ({ words: Array(5).fill("soko"), tags: Array(5).fill("O") }));
  const { result, events, evaluations } = await run([long, ...plain], slow);
  assertEquals(events.slice(0, 2).map(({ type }) => type), ["start", "step"]);
  assertEquals(evaluations.map(({ report }) => report.strict.micro.f1), [0, 0, 0, 0, 0, 0]);
  const losses = evaluations.map(({ loss }) => loss);
  assertEquals(losses, losses.toSorted((a, b) => b - a));
  assertEquals([result.status, result.bestEpoch], ["finished", 6]);
  assertEquals(result.dev, evaluations.at(-1)!.report);
});
