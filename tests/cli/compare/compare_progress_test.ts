import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Console } from "../../../src/cli/frame/command.ts";
import { StudyProgress } from "../../../src/cli/compare/compare_progress.ts";
import { gridCells } from "../../../src/study/cells.ts";
import type { RunRecord } from "../../../src/study/record.ts";
import type { TokenCounts } from "../../../src/study/token_counts.ts";
import { tinyPlan } from "../../study/tiny_study.ts";
import { TrainingError } from "../../../src/errors.ts";
import { message, setting } from "../../../src/message.ts";

/** What two runs of 1,000 tokens look like; each takes ten seconds, the second one diverges half way. */
function shown(columns: number | undefined): string {
  let stderr = "";
  let now = 5000;
  const console = {
    columns,
    stderr: (text: string) => void (stderr += text),
    typed: (said) => said.text(({ setting }) => `--${setting}`),
    progress: (text: string) => void (stderr += `${text}\n`),
  } as Console;
  const cells = gridCells(tinyPlan, ["swa"]);
  const tokens = { cost: () => 1000 } as unknown as TokenCounts;
  const error = new TrainingError(message`use a lower ${setting("learningRate")}`);
  const record = { dev: { f1: 0.5, bestEpoch: 1 } } as RunRecord;
  {
    using progress = new StudyProgress(console, { now: () => now });
    progress.expect({ tokens });
    progress.show({ type: "stage", stage: "grid", cells, kept: 3 });
    now += 5000;
    progress.show({ type: "tokens", key: cells[0].key, tokens: 500 });
    now += 5000;
    progress.show({ type: "run", cell: cells[0], record, seconds: 10 });
    now += 5000;
    progress.show({ type: "tokens", key: cells[1].key, tokens: 500 });
    progress.show({ type: "failure", cell: cells[1], error });
  }
  return stderr;
}

Deno.test("a study in a file or a pipe: a line a run, with the time that is left", () => {
  assertEquals(shown(undefined).split("\n"), [
    "Grid: 2 runs to do, 3 are finished",
    "[1/2] none-swa-8-1: dev F1 50.00 (10 s); 10 s left",
    "[2/2] span-swa-8-1: use a lower --learningRate",
    "",
  ]);
});

Deno.test("a study on a terminal: a bar over all its work under the lines that stay", () => {
  const text = shown(90);
  assertMatch(text, /run 1 of 2 [█░]{25} 25\/100 \| 15 s left/);
  assertMatch(text, /run 2 of 2 [█░]{25} 75\/100 \| 5 s left/);
  assert(text.includes("[1/2] none-swa-8-1: dev F1 50.00 (10 s); 10 s left\n"), text);
});
