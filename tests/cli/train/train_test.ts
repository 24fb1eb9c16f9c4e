import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { evaluate } from "../../../src/cli/evaluate/evaluate.ts";
import { inspect } from "../../../src/cli/inspect/inspect.ts";
import { predict } from "../../../src/cli/predict/predict.ts";
import { train } from "../../../src/cli/train/train.ts";
import { learntConll } from "../../tiny_tagger.ts";
import { lastJson } from "../terminal.ts";
import { inTrainingFolder, quickly, type TrainingFolder } from "../training_folder.ts";

type Json = Record<string, unknown>;

async function logOf(folder: TrainingFolder, name = "out/log.jsonl"): Promise<Json[]> {
  const text = await Deno.readTextFile(folder.path(name));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

async function filesOf(folder: TrainingFolder, name: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path(name)), ({ name }) => name)).sort();
}

/** `quickly` with some options taken out, each with its value. */
function without(...options: string[]): string[] {
  return quickly.filter((arg, i) => !options.includes(arg) && !options.includes(quickly[i - 1]));
}

Deno.test("train prints scores, the masked share, an example and where the model is, and leaves model and log", async () => {
  await inTrainingFolder(async (folder) => {
    const { exitCode, stdout, stderr } = await folder.run(train, [...quickly, "--seed", "4"]);
    assertEquals(exitCode, 0, stderr);
    assertMatch(
      stdout,
      /^Scores on test of epoch \d+, the best on dev:\n\nF1 \d+\.\d\d strict, \d+\.\d\d default\n/,
    );
    assertMatch(stdout, /\nMasked 1\d(\.\d+)? % of the subwords, asked for 15 %\.\n/);
    assertMatch(
      stdout,
      /\nScores of entities have an expected calibration error of .* that fits dev best; without/,
    );
    assertMatch(stdout, /\nAn example from test:\n\S+.*\n {2}(PER|LOC) {2}.* {2}[01]\.\d\d\n/);
    assert(stdout.endsWith("\nModel: out\nLog: out/log.jsonl\n"), stdout);
    const lines = stderr.split("\n");
    assertEquals(
      lines.splice(0, 2),
      ["dev", "test"].map((part) => `5 of 5 ${part} sentences stand in training, too.`),
    );
    assertMatch(lines[0], /^Device: cpu \(WASM SIMD[^)]*\), \d+ threads?, as asked$/);
    assertMatch(lines[1], /^Training [\d,]+ parameters on 5 sentences \(dev 5, test 5\), \d+ steps$/);
    assertMatch(stderr, /\nepoch 20, step (\d+)\/\1, loss \d\.\d{4}/);
    assertMatch(
      stderr,
      /\nepoch \d+: dev F1 \d+\.\d\d strict, \d+\.\d\d default, loss \d+\.\d{4} \(best so far\)\n/,
    );
    const files = [
      "README.md",
      "config.json",
      "log.jsonl",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ];
    assertEquals(await filesOf(folder, "out"), files);
    const card = await Deno.readTextFile(folder.path("out/README.md"));
    assertMatch(card, /^---\nlibrary_name: transformers\n[^]* on 5 labelled sentences\.[^]*`masking` span, /);

    const log = await logOf(folder);
    const [{ settings, versions, data, model, device, labels }] = log as Record<string, never>[];
    assertEquals([settings["seed"], settings["learningRate"], settings["masking"]], [4, 0.01, "span"]);
    assertEquals(Object.keys(versions), ["lacuna", "deno", "v8", "typescript", "system"]);
    assertEquals(model["scratch"], true);
    assertMatch(String(device), /^cpu \(WASM SIMD[^)]*\)$/);
    assertEquals(Object.keys(model["sha256"]), ["config.json", "tokenizer.json"]);
    assertEquals(labels, ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]);
    const sources = data as { role: string; sentences: number; hash: string }[];
    assertEquals(sources.map(({ role, sentences }) => [role, sentences]), [["training", 5], ["dev", 5], [
      "test",
      5,
    ]]);
    assertMatch(sources[0].hash, /^[0-9a-f]{16}$/);
    assertEquals(
      new Set(log.map(({ type }) => type)),
      new Set(["start", "step", "evaluation", "checkpoint", "done"]),
    );
    for (const { time } of log) assertEquals(new Date(time as string).toISOString(), time);
  });
});

Deno.test("train --json ends with f1 from 0 to 1; without --test the scores are those on dev", async () => {
  await inTrainingFolder(async (folder) => {
    const args = [...without("--test"), "--masking", "none", "--no-dropout", "--json"];
    const { exitCode, stdout } = await folder.run(train, args);
    assertEquals([exitCode, stdout.split("\n").length], [0, 2]);
    const { f1, split, status, model, maskedShare } = lastJson(stdout);
    assertEquals([f1, split, status, maskedShare], [1, "dev", "finished", 0]);
    assertEquals(model, "out");
    const [{ settings }] = await logOf(folder) as Record<string, Json>[];
    assertEquals([settings.masking, settings.objective, settings.dropout], ["none", "none", false]);
  });
});

Deno.test("train --limit learns from a sample and knows the types of the whole file", async () => {
  await inTrainingFolder(async (folder) => {
    const { stderr } = await folder.run(train, [...quickly, "--limit", "1", "--epochs", "1"]);
    assertStringIncludes(stderr, "A sample of 1 of the 5 training sentences.\n");
    const [{ labels, sentences }] = await logOf(folder) as Record<string, never>[];
    assertEquals(labels, ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]);
    assertEquals(sentences["training"], 1);
  });
});

Deno.test("what is held out takes its copies along, and sentences that stand in two files are counted", async () => {
  await inTrainingFolder(async (folder) => {
    const one = (name: string, tag: string) => `${name} ${tag}\nleo O\n\n`;
    const repeated = Array.from({ length: 10 }, (_, i) => one(["Asha", "Juma"][i % 2], "B-PER")).join("");
    await folder.write("twice.conll", repeated);
    await folder.write("test.conll", one("Asha", "B-PER") + one("Juma", "O") + one("Rose", "B-PER"));
    const args = ["--encoder", "none", "--train", "@twice.conll", "--test", "@test.conll", "--out", "@out"];
    const { stderr } = await folder.run(train, args);
    assertStringIncludes(stderr, "No --dev: 5 of the 10 training sentences are held out for it.\n");
    assertMatch(stderr, /1 of 3 test sentences stand in training, too(, 1 of them with other tags)?\.\n/);
  });
});

Deno.test("train without --dev holds a seeded tenth out, at least one sentence, and says so", async () => {
  await inTrainingFolder(async (folder) => {
    const hashes = async (seed: string) => {
      const { stderr } = await folder.run(train, [...without("--dev"), "--epochs", "1", "--seed", seed]);
      assertStringIncludes(stderr, "No --dev: 1 of the 5 training sentences are held out for it.\n");
      const [{ data, sentences }] = await logOf(folder) as Record<string, never>[];
      assertEquals(sentences, { training: 4, dev: 1, test: 5 });
      return (data as { hash: string }[]).map(({ hash }) => hash);
    };
    const first = await hashes("1");
    assertEquals(await hashes("1"), first);
    assertNotEquals(await hashes("2"), first);
  });
});

Deno.test("Ctrl-C saves and ends with 130 and the command that goes on; that gives the bytes of a run never stopped", async () => {
  await inTrainingFolder(async (folder) => {
    const model = (out: string) => Deno.readFile(folder.path(`${out}/model.safetensors`));
    const args = [...without("--out"), "--out"];
    const whole = await folder.run(train, [...args, "@whole"]);
    assertEquals(whole.exitCode, 0);

    const stopped = await folder.run(train, [...args, "@out"], { interruptAt: "epoch 3: dev" });
    assertEquals([stopped.exitCode, stopped.stdout], [130, ""]);
    assertStringIncludes(stopped.stderr, "Interrupted: saving (Ctrl-C again leaves at once)\n");
    assertMatch(
      stopped.stderr,
      /\nInterrupted after step \d+, state saved in out\. To go on: deno task train --train .* --resume\n$/,
    );
    assert((await filesOf(folder, "out")).includes("training_state.safetensors"));

    const resumed = await folder.run(train, [...args, "@out", "--resume"]);
    assertEquals([resumed.exitCode, resumed.stdout], [0, whole.stdout.replaceAll("whole", "out")]);
    assertMatch(resumed.stderr, /, resuming at step \d+ of \d+\n/);
    assertEquals(await model("out"), await model("whole"));
    assert(!(await filesOf(folder, "out")).includes("training_state.safetensors"));
    const log = await logOf(folder);
    assertEquals(log.filter(({ type }) => type === "start").length, 2);
    const steps = log.filter(({ type }) => type === "step").map(({ step }) => step);
    assertEquals(steps, steps.map((_, i) => i + 1));
  });
});

Deno.test("Ctrl-C before the first step leaves something to resume, too, and never the state of another run in its place", async () => {
  await inTrainingFolder(async (folder) => {
    const state = "out/training_state.safetensors";
    const stop = { interruptAt: "Device: " };
    const first = await folder.run(train, quickly, stop);
    assertEquals([first.exitCode, first.stdout], [130, ""]);
    assertMatch(
      first.stderr,
      /\nInterrupted before the first step, state saved in out\. To go on: deno task train .* --resume\n$/,
    );
    assertEquals(await filesOf(folder, "out"), ["training_state.safetensors"]);
    const again = await folder.run(train, [...quickly, "--resume"], stop);
    assertEquals(again.exitCode, 130);
    const resumed = await folder.run(train, [...quickly, "--resume"], { interruptAt: "epoch 3: dev" });
    assertEquals(resumed.exitCode, 130);
    assertStringIncludes(
      resumed.stderr,
      "\nThe run in out was interrupted before its first step: it begins now.\n",
    );

    const worthDays = await Deno.readFile(folder.path(state));
    const forgotten = await folder.run(train, quickly, stop);
    assertEquals(forgotten.exitCode, 1);
    assertMatch(
      forgotten.stderr,
      /\nInterrupted before the first step\. out\/training_state\.safetensors is the state of an earlier run and was left/,
    );
    assertEquals(await Deno.readFile(folder.path(state)), worthDays);
    const late = await folder.run(train, [...quickly, "--resume"], stop);
    assertStringIncludes(
      late.stderr,
      "\nInterrupted before it went on; its state in out is as it was. To go on: ",
    );
    assertEquals([late.exitCode, await Deno.readFile(folder.path(state))], [130, worthDays]);
    assertEquals((await folder.run(train, [...quickly, "--resume"])).exitCode, 0);
  });
});

Deno.test("train --unlabelled adapts to raw text first", async () => {
  await inTrainingFolder(async (folder) => {
    await folder.write("raw.txt", "Asha alienda soko. Juma anaishi Tanga.\nTanga ni mji.\n");
    const args = [...quickly, "--unlabelled", "@raw.txt", "--boundary-objective", "--adaptation-epochs", "4"];
    assertEquals((await folder.run(train, args)).exitCode, 0);
    const [{ data }, ...log] = await logOf(folder);
    assertEquals((data as Json[]).at(-1)?.sentences, 3);
    assertEquals(new Set(log.map(({ phase }) => phase)), new Set(["adaptation", "tagging", undefined]));
  });
});

Deno.test("types of entities may have names that every object has: learnt, saved, scored and predicted", async () => {
  await inTrainingFolder(async (folder) => {
    const conll = learntConll.replaceAll("-PER", "-constructor").replaceAll("-LOC", "-__proto__");
    await folder.write("train.conll", conll);
    const args = [...quickly, "--masking", "entity", "--no-dropout"];
    const trained = await folder.run(train, args);
    assertEquals(trained.exitCode, 0, trained.stderr);
    assertMatch(trained.stdout, /\n__proto__ +100\.00 .*\nconstructor +100\.00 /);
    const data = ["--data", "@train.conll", "--device", "cpu", "--json"];
    const scored = await folder.run(evaluate, ["--model", "@out", ...data]);
    const { strict } = lastJson(scored.stdout) as { strict: { types: Record<string, { f1: number }> } };
    assertEquals(Object.entries(strict.types).map(([type, { f1 }]) => [type, f1]), [
      ["__proto__", 1],
      ["constructor", 1],
    ]);
    const predicted = await folder.run(predict, ["--model", "@out", "--device", "cpu"], {
      stdin: "Tanga ni mji.",
    });
    assertMatch(predicted.stdout, /\n {2}__proto__ {2}Tanga /);
  });
});

Deno.test("train says before and after it that dev has no entity, and what to do", async () => {
  await inTrainingFolder(async (folder) => {
    await folder.write("dev.conll", "leo O\nni O\nsoko O\n. O\n");
    const args = [...without("--dev"), "--dev", "@dev.conll", "--patience", "1"];
    const { exitCode, stdout, stderr } = await folder.run(train, args);
    assertEquals(exitCode, 0, stderr);
    assertMatch(
      stderr,
      /\nTraining [^\n]*\n[^\n]*\nThe dev sentences have no entity, so no model can be chosen on them: the last one is kept/,
    );
    assertMatch(
      stdout,
      /^Scores on test of epoch 20, the last one, as no sentence of dev has an entity:\n\nF1 \d\d/,
    );
    const few = await folder.run(train, [...args, "--learning-rate", "0.5"]);
    assertEquals(few.exitCode, 1);
    assertMatch(few.stderr, /: .* No epoch could be chosen: give --dev sentences with entities\.\n$/);
  });
});

Deno.test("a model that learnt nothing is named as such and ends with 1, after its scores", async () => {
  await inTrainingFolder(async (folder) => {
    const { exitCode, stdout, stderr } = await folder.run(train, [...quickly, "--learning-rate", "0.5"]);
    assertEquals(exitCode, 1);
    assertStringIncludes(stdout, "\nCOLLAPSED: ");
    assertMatch(
      stderr,
      /\nThe model learnt nothing that is of use on test: .* Train longer, or with another --learning-rate\.\n$/,
    );
  });
});

Deno.test("train --encoder none leaves a tagger of words, which evaluate, predict and inspect open", async () => {
  await inTrainingFolder(async (folder) => {
    const data = ["--train", "@train.conll", "--dev", "@train.conll", "--test", "@train.conll"];
    const args = ["--encoder", "none", ...data, "--out", "@out"];
    const { exitCode, stdout, stderr } = await folder.run(train, args);
    assertEquals(exitCode, 0, stderr);
    assertMatch(stdout, /^Scores on test:\n\nF1 100\.00 strict/);
    assertMatch(stdout, /\n\d+ features with a weight, \d+\.\d s from reading to the saved model\.\n/);
    assertMatch(stdout, /\nAn example from test:\n\S+.*\n {2}(PER|LOC) {2}.* {2}[01]\.\d\d\n/);
    assert(stdout.endsWith("\nModel: out\nLog: out/log.jsonl\n"), stdout);
    assertEquals(await filesOf(folder, "out"), ["log.jsonl", "model.safetensors"]);
    assertEquals((await logOf(folder)).map(({ type }) => type), ["start", "done"]);

    const scores = await folder.run(evaluate, ["--model", "@out", "--data", "@train.conll", "--json"]);
    assertEquals(lastJson(scores.stdout).f1, 1);
    const found = await folder.run(predict, ["--model", "@out", "--json"], {
      stdin: learntConll.split("\n\n")[0].replace(/ \S+(\n|$)/g, " "),
    });
    assertEquals(found.exitCode, 0, found.stderr);
    const shown = await folder.run(inspect, ["@out"]);
    assertMatch(shown.stdout, /\na CRF of word features: \d+ features, without an encoder\n/);
  });
});

Deno.test("train --encoder none refuses what only an encoder has, and to resume", async () => {
  await inTrainingFolder(async (folder) => {
    for (
      const [args, says] of [
        [["--masking", "none"], "Expected no --masking with --encoder none: nothing uses it there."],
        [["--model", "@model"], "Expected no --model with --encoder none"],
        [["--device", "cpu"], "Expected no --device with --encoder none"],
        [["--resume"], "Expected no --resume with --encoder none: such a run takes seconds, begin it again."],
      ] as const
    ) {
      const { exitCode, stderr } = await folder.run(train, ["--encoder", "none", ...args]);
      assertEquals(exitCode, 2);
      assertStringIncludes(stderr, says);
    }
  });
});

Deno.test("train ends with what a CRF of word features reaches alone, and joins it where it is asked to", async () => {
  await inTrainingFolder(async (folder) => {
    const weak = ["--learning-rate", "1e-6", "--head-learning-rate", "1e-6", "--epochs", "1"];
    const rest = without("--learning-rate", "--head-learning-rate", "--epochs");
    const plain = await folder.run(train, [...rest, ...weak]);
    assertMatch(plain.stdout, /\nA CRF of word features alone has F1 100\.00 on test\.\nModel: out\n/);
    const joined = await folder.run(train, [...rest, ...weak, "--features", "words"]);
    assertMatch(
      joined.stdout,
      /on test\. It is joined, times [\d.]+: the encoder alone has dev F1 \d+\.\d\d\.\n/,
    );
    assertMatch(joined.stderr, /\nwords joined, times [\d.]+: dev F1 100\.00 strict/);
    const again = await folder.run(train, [...rest, ...weak, "--features", "words", "--json"]);
    const { f1, words } = lastJson(again.stdout) as { f1: number; words: Json };
    assertEquals([f1, words.testF1, words.devF1], [1, 1, 1]);
    const scores = await folder.run(evaluate, ["--model", "@out", "--data", "@train.conll", "--json"]);
    assertEquals(lastJson(scores.stdout).f1, 1);
  });
});
