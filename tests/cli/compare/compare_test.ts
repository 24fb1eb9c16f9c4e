import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { compare } from "../../../src/cli/compare/compare.ts";
import { WORK_FOLDER, WorkFolder } from "../../../src/cli/files/work_folder.ts";
import { formatConll } from "../../../src/data/conll.ts";
import { parsePlan } from "../../../src/study/plan_file.ts";
import { syntheticSentences } from "../../fixtures.ts";
import { tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson } from "../terminal.ts";
import { type Command, inTrainingFolder, type TrainingFolder } from "../training_folder.ts";

/** Calls `test` with a folder that holds `data/train.conll`, dev and test, and a tiny model with weights. */
async function inStudyFolder(test: (folder: TrainingFolder) => Promise<void>): Promise<void> {
  await inTrainingFolder(async (folder) => {
    for (const [seed, [part, count]] of Object.entries({ train: 20, dev: 4, test: 6 }).entries()) {
      await folder.write(`data/${part}.conll`, formatConll(syntheticSentences(count, seed + 1)));
    }
    await folder.writeStore("tagger", await tinyTaggerStore());
    await test(folder);
  });
}

async function namesIn(folder: TrainingFolder, name: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path(name)), ({ name }) => name)).sort();
}

const where = ["--model", "@tagger", "--out", "@study", "--device", "cpu", "--threads", "1"];
const rates = ["--learning-rate", "1e-2", "--batch-tokens", "60"];
const small = ["--sizes", "4,8", "--seeds", "2", "--budget-epochs", "2", "--arms", "none,span"];
const files = ["train", "dev", "test"].flatMap((part) => [`--${part}`, `@data/${part}.conll`]);
const quickly = [...files, ...where, ...rates, ...small];

Deno.test("compare prints its cost before and a table after, and leaves records, tags, results and its plan", async () => {
  await inStudyFolder(async (folder) => {
    const { exitCode, stdout, stderr } = await folder.run(compare, quickly);
    assertEquals(exitCode, 0, stderr);
    const lines = stderr.split("\n");
    assertMatch(lines[0], /^Device: cpu .*, 1 thread, as asked$/);
    assertEquals(
      lines[1],
      "Plan: 1 data set x 2 arms x sizes 4, 8 x 2 seeds; a run may spend the tokens of 2 epochs without masked copies.",
    );
    assertMatch(lines[2], /^Cost: 8 runs, [\d,]+ forward-backward tokens, with evaluations about \d+ s\.$/);
    assertMatch(lines[3], /^Measured: [\d,]+ tokens\/s, 1 run at a time\.$/);
    assertEquals(lines[4], "Grid: 8 runs to do");
    assertMatch(
      lines[5],
      /^\[1\/8\] none-data-4-1: dev F1 \d+\.\d\d, test F1 \d+\.\d\d \(\d+ s\); \d+ s left$/,
    );
    assertMatch(lines[12], /^\[8\/8\] span-data-8-2: .* \(\d+ s\)$/);
    assertMatch(stdout, /^Strict F1 on test, with the same compute:\n\nsentences {2}arm {3}runs +F1 /);
    assertMatch(stdout, /\n {8}4 {2}none {5}2 .*\n {11}span {5}2 .* [+-]\d+\.\d\d to [+-]\d+\.\d\d /);
    assert(stdout.endsWith("\nResults: study/results.jsonl\nReport: study/report.html\n"), stdout);
    const left = await Array.fromAsync(Deno.readDir(folder.path("study")), ({ name }) => name);
    assertEquals(left.sort(), ["plan.json", "report.html", "report.json", "results.jsonl", "runs"]);

    const again = await folder.run(compare, [
      "--plan",
      "@study/plan.json",
      ...files,
      "--out",
      "@study",
      "--device",
      "cpu",
    ]);
    assertEquals([again.exitCode, again.stdout], [0, stdout], again.stderr);
    assertEquals(
      again.stderr,
      "All 8 runs of the grid are finished.\nGrid: 0 runs to do, 8 are finished\nWriting the report\n",
    );
  });
});

Deno.test("Ctrl-C ends with 130 and the command that goes on, which does what is left", async () => {
  await inStudyFolder(async (folder) => {
    const stopped = await folder.run(compare, [...quickly, "--json"], { interruptAt: "[3/8]" });
    assertEquals(stopped.exitCode, 130, stopped.stderr);
    const { read, ...ended } = lastJson(stopped.stdout);
    assertEquals([ended, (read as unknown[]).length], [{ interrupted: true, out: "study" }, 3]);
    assertMatch(
      stopped.stderr,
      /\nInterrupted: runs in progress are lost\nInterrupted; what is finished is in study\. To go on: deno task compare --train .* --json\n$/,
    );
    const asked = await folder.run(compare, [...quickly, "--json", "--report-only"]);
    assertEquals(asked.exitCode, 0, asked.stderr);
    const report = JSON.parse(await Deno.readTextFile(folder.path("study/report.json")));
    assertEquals([lastJson(asked.stdout).runs, report.runs.length, report.planned], [3, 3, 8]);
    const second = await folder.run(compare, [...quickly, "--json", "--jobs", "2"]);
    assertEquals(second.exitCode, 0, second.stderr);
    assertMatch(
      second.stderr,
      /\nCost: 5 of 8 runs left, .*\n.* 2 runs at a time\.\nGrid: 5 runs to do, 3 are finished\n/,
    );
    const { results, runs, rows, failures } = lastJson(second.stdout);
    assertEquals([results, runs, failures], ["study/results.jsonl", 8, []]);
    const summary = rows as {
      arm: string;
      size: number;
      f1: number;
      difference?: { interval: { low: number } };
    }[];
    assertEquals(summary.map(({ arm, size }) => [arm, size]), [["none", 4], ["span", 4], ["none", 8], [
      "span",
      8,
    ]]);
    assert(summary.every(({ f1 }) => f1 >= 0 && f1 <= 1) && summary[1].difference !== undefined);
  });
});

Deno.test("compare --dry-run says what it would cost and gives the plan, trains nothing and writes nothing", async () => {
  await inStudyFolder(async (folder) => {
    const data = ["--data", "swa=@data"].map((arg) => arg.replace("@", folder.path("")));
    const tune = ["--tune", "1e-3,1e-2", "--test-limit", "3"];
    const { exitCode, stdout, stderr } = await folder.run(compare, [
      ...data,
      ...where,
      ...small,
      ...tune,
      "--dry-run",
      "--json",
    ]);
    assertEquals(exitCode, 0, stderr);
    assertStringIncludes(
      stderr,
      "; before, 2 learning rates with 2 seeds each; a run may spend the tokens of 2 epochs without masked copies.\n",
    );
    assertMatch(stderr, /\nCost: 24 runs, /);
    const { cuts, plan: json } = lastJson(stdout);
    assertEquals(cuts, []);
    assertEquals(await namesIn(folder, ""), ["data", "model", "tagger", "train.conll"]);
    const plan = parsePlan(JSON.stringify(json), { file: "stdout" });
    assertEquals(plan.tuning, { learningRates: [1e-3, 1e-2], seeds: [1001, 1002] });
    assertEquals([plan.seeds, plan.testLimit, Object.keys(plan.data!)], [[1, 2], 3, ["swa"]]);
  });
});

Deno.test("a grid that goes on within a budget is cut as it was when it began, and one that cannot fit is refused", async () => {
  await inStudyFolder(async (folder) => {
    const args = [...quickly, "--budget"];
    await folder.run(compare, [...args, "1000"], { interruptAt: "Measured: " });
    const kept = JSON.parse(await Deno.readTextFile(folder.path("study/budget.json")));
    assertEquals([kept.hours, kept.cuts, kept.plan.seeds], [1000, [], [1, 2]]);
    const cut = { ...kept, plan: { ...kept.plan, seeds: [1] }, cuts: ["seed 2"] };
    await folder.write("study/budget.json", JSON.stringify(cut));
    const second = await folder.run(compare, [...args, "1000", "--json", "--dry-run"]);
    assertMatch(second.stderr, /\nCut to 1000 h: seed 2\. Cost: 4 runs, /);
    assertEquals(lastJson(second.stdout).cuts, ["seed 2"]);
    for (const damaged of ["{", '{"asked":', JSON.stringify({ ...cut, plan: [] })]) {
      await folder.write("study/budget.json", damaged);
      const { exitCode, stderr } = await folder.run(compare, [...args, "1000", "--dry-run"]);
      assertEquals(exitCode, 1);
      assertStringIncludes(stderr, "study/budget.json: expected ");
    }
    await folder.write("study/budget.json", JSON.stringify(cut));
    await folder.run(compare, [...quickly, "--arms", "none", "--seeds", "1"]);
    const asked = await folder.run(compare, [...quickly, "--budget", "1000", "--json", "--report-only"]);
    assertEquals(lastJson(asked.stdout).cuts, ["seed 2"], asked.stderr);
    const third = await folder.run(compare, [...args, "999", "--json", "--dry-run"]);
    assertEquals(lastJson(third.stdout).cuts, []);
    const none = await folder.run(compare, [...args, "1e-9", "--dry-run"]);
    assertEquals(none.exitCode, 1);
    assertStringIncludes(none.stderr, "found one that is too small");
  });
});

Deno.test("bad grids are refused with a sentence before anything is trained or written", async () => {
  await inStudyFolder(async (folder) => {
    const refusals: [string[], number, string][] = [
      [["--arms", "none,spam"], 2, "Expected one of none, span, token, span-annealed,"],
      [["--arms", "span,span"], 2, "Expected different --arms but found span twice"],
      [["--sizes", "4,50"], 1, "data: expected sizes up to its 20 training sentences but found 50"],
      [["--sizes", "few"], 2, "Expected a whole number"],
      [
        ["--test", "@data/dev.conll"],
        1,
        "data: expected test sentences that are not in dev but found 4 of 4 there",
      ],
      [["--test", "@data/nothing.conll"], 1, "cannot read data/nothing.conll: there is no such file"],
      [["--tune-seeds", "3"], 2, "Expected --tune with --tune-seeds: nothing else uses it."],
      [["--test-limit", "3", "--dev-only"], 2, "Expected no --test-limit with --dev-only"],
      [["--data", "swa=data"], 2, "Expected --data or --train, --dev and --test, found both."],
      [
        ["--adaptation-epochs", "2"],
        2,
        "Expected --unlabelled with --adaptation-epochs: nothing else uses it.",
      ],
      [["--boundary-objective"], 2, "Expected --unlabelled with --boundary-objective: nothing else uses it."],
      [
        ["--unlabelled", "hau=@train.conll"],
        2,
        "Expected --unlabelled NAME=FILE with the name of a data set",
      ],
      [["--out", "@tagger"], 2, "Expected --model (tagger) apart from what --out (tagger) writes"],
      [
        ["--model", "@study/adapted/data"],
        2,
        "Expected --model (study/adapted/data) apart from what --out (study)",
      ],
      [
        ["--train", "@study/results.jsonl"],
        2,
        "Expected --train (study/results.jsonl) apart from what --out (study)",
      ],
      [["--plan", "@none.json"], 1, "cannot read none.json: there is no such file"],
      [["--jobs", "0"], 2, "Expected a whole number, at least 1 and at most 64."],
    ];
    for (const [more, code, message] of refusals) {
      const { exitCode, stdout, stderr } = await folder.run(compare, [...quickly, ...more]);
      assertEquals([exitCode, stdout], [code, ""], `${more}: ${stderr}`);
      assertStringIncludes(stderr, message);
    }
    await folder.write("data/empty.conll", "");
    const empty = await folder.run(compare, [...quickly, "--test", "@data/empty.conll"]);
    assertEquals(empty.exitCode, 1);
    assertStringIncludes(empty.stderr, "empty.conll");
    await folder.write("plan.json", '{"arms": ["none"], "sizes": [4], "seeds": [1], "budgetEpochs": 1}');
    const both = await folder.run(compare, [...quickly, "--plan", "@plan.json"]);
    assertEquals(both.exitCode, 2);
    assertStringIncludes(both.stderr, "Expected no --arms with --plan: plan.json decides it.");
    const without = await folder.run(compare, ["--test", "@data/test.conll"]);
    assertStringIncludes(without.stderr, "Expected --train with --dev or --test");
    const folders = await Array.fromAsync(Deno.readDir(folder.path("")), ({ name }) => name);
    assert(!folders.includes("study"), folders.join(", "));
  });
});

Deno.test("a finished run that is not of this grid is refused with what differs", async () => {
  await inStudyFolder(async (folder) => {
    await folder.run(compare, quickly);
    const { exitCode, stderr } = await folder.run(compare, [...quickly, "--warmup", "0.3"]);
    assertEquals(exitCode, 1);
    assertStringIncludes(
      stderr,
      "study/runs/none-data-4-1.json: this run is finished with --warmup 0.1, and 0.3 is asked for",
    );
  });
});

Deno.test("compare refuses a folder that another process works in, and a folder work that it did not make", async () => {
  await inStudyFolder(async (folder) => {
    await folder.write(`study/${WORK_FOLDER}/thesis.txt`, "years");
    const refused = await folder.run(compare, quickly);
    assertEquals([refused.exitCode, refused.stdout], [1, ""]);
    assertStringIncludes(
      refused.stderr,
      `study/${WORK_FOLDER}: expected no such name, or a folder that compare`,
    );
    await folder.run(compare, [...quickly, "--dry-run"]);
    assertEquals(await Deno.readTextFile(folder.path(`study/${WORK_FOLDER}/thesis.txt`)), "years");

    await Deno.mkdir(folder.path("other"));
    await using _mine = await WorkFolder.open(folder.path("other"));
    const { exitCode, stderr } = await folder.run(compare, [...quickly, "--out", "@other"]);
    assertEquals(exitCode, 1);
    assertStringIncludes(
      stderr,
      "other: expected a folder that no other process works in, found one that does",
    );
  });
});

Deno.test("compare writes over no file in its folder that a study did not write", async () => {
  await inStudyFolder(async (folder) => {
    const few = [...files, ...where, ...rates];
    const tiny = [...few, "--sizes", "4", "--seeds", "1", "--budget-epochs", "1", "--arms", "none"];
    const plan = '{"arms": ["none"], "sizes": [4], "seeds": [1], "budgetEpochs": 1}';
    const mine = {
      "plan.json": plan,
      "results.jsonl": '{"a":1}\n',
      "report.html": "<!doctype html>\n<title>Mine</title>\n",
      "report.json": "{}",
      "budget.json": '{"rent": 700}',
    };
    for (const [name, text] of Object.entries(mine)) {
      await folder.write(`study/${name}`, text);
      for (const more of [[], ["--report-only"]]) {
        const { exitCode, stderr } = await folder.run(compare, [...tiny, ...more]);
        assertEquals(exitCode, 1);
        assertStringIncludes(stderr, `study/${name}: expected `);
        assertStringIncludes(stderr, "which would be lost");
      }
      assertEquals(await namesIn(folder, "study"), [name]);
      assertEquals(await Deno.readTextFile(folder.path(`study/${name}`)), text);
      await Deno.remove(folder.path(`study/${name}`));
    }
    // A plan in the folder is carried out as it stands; what a study wrote is written again.
    await folder.write("study/plan.json", plan);
    for (let time = 1; time <= 2; time++) {
      const { exitCode, stderr } = await folder.run(
        compare,
        [...few, "--plan", "@study/plan.json"].filter((arg) => !rates.includes(arg)),
      );
      assertEquals(exitCode, 0, stderr);
    }
    assertEquals(await Deno.readTextFile(folder.path("study/plan.json")), plan);
  });
});

Deno.test("compare says before it begins where dev has no entity to choose by, and that is no reason to fail", async () => {
  await inStudyFolder(async (folder) => {
    const plain = syntheticSentences(4, 2).map(({ words }) => ({ words, tags: words.map(() => "O") }));
    await folder.write("data/dev.conll", formatConll(plain));
    const args = [...quickly, "--sizes", "4", "--seeds", "1"];
    const { exitCode, stderr } = await folder.run(compare, args);
    assertEquals(exitCode, 0, stderr);
    assertMatch(
      stderr,
      /^data: the dev sentences have no entity, so no model can be chosen on them: [^\n]*\nDevice: /,
    );
    const records = await Deno.readTextFile(folder.path("study/results.jsonl"));
    for (const line of records.trimEnd().split("\n")) {
      const { curve, dev } = JSON.parse(line);
      assertEquals([dev.f1, dev.loss, dev.bestEpoch], [0, curve.at(-1).devLoss, curve.at(-1).epoch]);
    }
  });
});

Deno.test("Ctrl-C at once, and Ctrl-C in a dry run, end with 130 and one sentence", async () => {
  await inStudyFolder(async (folder) => {
    const sentences = "Interrupted: runs in progress are lost\nInterrupted.\n";
    await folder.write("raw.txt", "Asha alienda soko leo.\nJuma anaishi Tanga.\n");
    const atOnce: Command = (terminal) =>
      compare({
        ...terminal,
        onInterrupt(listener) {
          queueMicrotask(() => listener("SIGINT"));
          return () => {};
        },
      });
    const first = await folder.run(atOnce, [...quickly, "--unlabelled", "@raw.txt"]);
    assertEquals(first, { exitCode: 130, stdout: "", stderr: sentences });
    const dry = await folder.run(compare, [...quickly, "--dry-run"], { interruptAt: "Device: " });
    assertEquals([dry.exitCode, dry.stdout], [130, ""], dry.stderr);
    assert(dry.stderr.endsWith(`\n${sentences}`), dry.stderr);
    assertEquals(await namesIn(folder, ""), ["data", "model", "raw.txt", "tagger", "train.conll"]);
  });
});

Deno.test("a data set may have a name that every object has, and its plan says so", async () => {
  await inStudyFolder(async (folder) => {
    const data = ["--data", `constructor=${folder.path("data")}`];
    const few = [
      ...where,
      ...rates,
      "--sizes",
      "4",
      "--seeds",
      "1",
      "--budget-epochs",
      "1",
      "--arms",
      "none",
    ];
    const { exitCode, stderr } = await folder.run(compare, [...data, ...few]);
    assertEquals(exitCode, 0, stderr);
    assertStringIncludes(stderr, "none-constructor-4-1: dev F1 ");
    const again = await folder.run(compare, [
      "--plan",
      "@study/plan.json",
      "--out",
      "@study",
      "--device",
      "cpu",
    ]);
    assertEquals(again.exitCode, 0, again.stderr);
    assertStringIncludes(again.stderr, "All 1 run of the grid are finished.");
    const twice = await folder.run(compare, [...data, "constructor=other", ...few]);
    assertEquals(twice.exitCode, 2);
    assertStringIncludes(twice.stderr, "Expected different names with --data, found constructor twice.");
  });
});

Deno.test("all arms begin from a model that was adapted once to --unlabelled", async () => {
  await inStudyFolder(async (folder) => {
    await folder.write("raw.txt", "Asha alienda soko leo.\nJuma anaishi Tanga.\n");
    const { exitCode, stderr } = await folder.run(compare, [
      ...quickly,
      "--unlabelled",
      "@raw.txt",
      "--boundary-objective",
      "--sizes",
      "4",
    ]);
    assertEquals(exitCode, 0, stderr);
    assertMatch(stderr, /\nBefore, adapting to unlabelled text takes about \d+ s\.\n/);
    assertMatch(stderr, /\nadapted to data in \d+ steps?\nGrid: 4 runs to do\n/);
    const plan = parsePlan(await Deno.readTextFile(folder.path("study/plan.json")), { file: "plan.json" });
    assertEquals(plan.adaptation, { epochs: 1, learningRate: 1e-4, boundaryObjective: true });
    const text = await Deno.readTextFile(folder.path("study/results.jsonl"));
    const records = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(new Set(records.map(({ settings }) => settings.modelHash)).size, 1);
    assert(records.every(({ test }) => test.recovery.total > 0));
  });
});
