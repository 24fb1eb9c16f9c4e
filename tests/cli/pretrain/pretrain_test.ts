import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pretrain } from "../../../src/cli/pretrain/pretrain.ts";
import { train } from "../../../src/cli/train/train.ts";
import { repetitiveText } from "../../pretraining/text.ts";
import { lastJson } from "../terminal.ts";
import { inTrainingFolder, quickly, type TrainingFolder } from "../training_folder.ts";

/** A short run on the texts of the folder. */
const briefly = [
  ...["--text", "@train", "@more.txt", "--heldout", "@heldout.txt"],
  ...["--model", "@model", "--from-scratch", "--out", "@out", "--device", "cpu"],
  ...["--learning-rate", "1e-2", "--batch-tokens", "200", "--max-steps", "20", "--evaluate-every", "8"],
];

/** The same with its `--text` replaced. */
function onText(...args: string[]): string[] {
  return [...args, ...briefly.slice(briefly.indexOf("--heldout"))];
}

async function inTextFolder(test: (folder: TrainingFolder) => Promise<void>): Promise<void> {
  await inTrainingFolder(async (folder) => {
    await folder.write("train/b.txt", repetitiveText(40));
    await folder.write("train/inside/a.txt", repetitiveText(40, 2));
    await folder.write("train/LICENSE", Uint8Array.of(0xff));
    await folder.write("more.txt", repetitiveText(10, 3));
    await folder.write("heldout.txt", repetitiveText(40, 4));
    await test(folder);
  });
}

Deno.test("pretrain prints accuracies beside those of no training, and leaves a model that train begins from", async () => {
  await inTextFolder(async (folder) => {
    const { exitCode, stdout, stderr } = await folder.run(pretrain, briefly);
    assertEquals(exitCode, 0, stderr);
    assertMatch(
      stdout,
      new RegExp(
        String.raw`^Accuracy on \d+ masked subwords of the held-out text:
  the model, step \d+ of 20 +\d+(\.\d+)? %  loss \d\.\d{4}
  before the run +\d+(\.\d+)? %  loss \d\.\d{4}
  always ".+", the most frequent +\d+(\.\d+)? %
  chance +0\.33 %

Masked 1\d(\.\d+)? % of the subwords, asked for 15 %\.

Model: out
Log: out/log\.jsonl
$`,
      ),
    );
    assertMatch(
      stderr,
      /\nPretraining 10,045 parameters from random weights on \d.* KiB of text in 3 files, \d+ masked subwords of /,
    );
    assertMatch(stderr, /\nbefore the run: held-out loss 5\.\d{4}, accuracy .* %\n/);
    assertMatch(stderr, /\nstep 8: held-out loss \d\.\d{4}, accuracy \d.* % \(best so far\)\n/);
    assertMatch(stderr, /\nepoch \d+, step 20\/20, loss \d\.\d{4}/);

    const log = (await Deno.readTextFile(folder.path("out/log.jsonl"))).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals([log[0].type, log[0].text.files, log[0].model.scratch], ["start", 3, true]);
    assertEquals(log.filter(({ type }) => type === "step").length, 20);
    assertEquals(log.filter(({ type }) => type === "evaluation").map(({ step }) => step), [0, 8, 16, 20]);

    const finetune = quickly.filter((arg) => arg !== "--from-scratch");
    const tagged = await folder.run(train, [...finetune, "--model", "@out", "--out", "@tagger"]);
    assertEquals(tagged.exitCode, 0, tagged.stderr);
  });
});

Deno.test("pretrain --json ends with the scores, from 0 to 1", async () => {
  await inTextFolder(async (folder) => {
    const { stdout } = await folder.run(pretrain, [...briefly, "--json", "--dtype", "f16"]);
    const { status, steps, heldOut, model } = lastJson(stdout);
    assertEquals([status, steps, model], ["finished", 20, "out"]);
    const { best, chance } = heldOut as { best: { accuracy: number }; chance: number };
    assert(best.accuracy > chance && best.accuracy <= 1);
  });
});

Deno.test("Ctrl-C saves, names the command that goes on, and that gives the bytes of a run never stopped", async () => {
  await inTextFolder(async (folder) => {
    const model = (out: string) => Deno.readFile(folder.path(`${out}/model.safetensors`));
    assertEquals((await folder.run(pretrain, [...briefly, "--out", "@whole"])).exitCode, 0);
    const stopped = await folder.run(pretrain, briefly, { interruptAt: "step 8: held-out" });
    assertEquals([stopped.exitCode, stopped.stdout], [130, ""]);
    assertMatch(
      stopped.stderr,
      /\nInterrupted after step 8, state saved in out\. To go on: deno task pretrain --text .* --resume\n$/,
    );
    const resumed = await folder.run(pretrain, [...briefly, "--resume"]);
    assertEquals(resumed.exitCode, 0, resumed.stderr);
    assertStringIncludes(resumed.stderr, ", resuming at step 8\n");
    assertEquals(await model("out"), await model("whole"));
  });
});

Deno.test("what pretrain cannot work with is refused in one sentence, before anything is written", async () => {
  const refusals: [code: number, args: string[], sentence: string][] = [
    [2, briefly.slice(3), "required option '--text <PATH...>' not specified"],
    [1, onText("--text", "@none.txt"), "cannot read none.txt: there is no such file or folder"],
    [1, onText("--text", "@model"), "model: expected a folder with .txt files, found none: check the path"],
    [
      1,
      onText("--text", "@blank.txt"),
      "blank.txt: expected raw text, found nothing but white space: check the path",
    ],
    [1, onText("--text", "@latin1.txt"), "latin1.txt:2: expected UTF-8 text, found bytes that are not UTF-8"],
    [
      1,
      briefly.map((arg) => arg === "@heldout.txt" ? "@blank.txt" : arg),
      "blank.txt: expected held-out text, found nothing but white space",
    ],
    [2, [...briefly, "--masking", "entity"], "Expected one of token, word, span."],
    [2, [...briefly, "--epochs", "2"], "Expected --epochs or --max-steps, found both."],
    [2, [...briefly, "--allow-inexact"], "Expected --resume with --allow-inexact: nothing else uses it."],
    [2, [...briefly, "--out", "@model"], "Expected --model (model) apart from what --out (model) writes"],
    [
      2,
      [...briefly, "--log", "@train/new.txt"],
      "Expected --text (train) apart from what --log (train/new.txt)",
    ],
    [2, [...briefly, "--log", "@heldout.txt"], "Expected --heldout (heldout.txt) apart from what --log"],
    [1, [...briefly, "--resume"], "expected the state of an interrupted run, to resume it, found none"],
    [1, briefly.filter((arg) => arg !== "--from-scratch"), "model.safetensors"],
  ];
  await inTextFolder(async (folder) => {
    await folder.write("blank.txt", " \n\n");
    await folder.write("latin1.txt", Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a));
    for (const [code, args, sentence] of refusals) {
      const { exitCode, stdout, stderr } = await folder.run(pretrain, args);
      assertEquals([exitCode, stdout], [code, ""], stderr);
      assertStringIncludes(stderr, sentence);
      if (code === 1) {
        assertEquals(await Array.fromAsync(Deno.readDir(folder.path("out"))).catch(() => []), []);
      }
    }
  });
});

Deno.test("--heldout is needed by what only it uses", async () => {
  await inTextFolder(async (folder) => {
    const { exitCode, stderr } = await folder.run(pretrain, ["--text", "@train", "--evaluation-tokens", "9"]);
    assertEquals(exitCode, 2);
    assertStringIncludes(stderr, "Expected --heldout with --evaluation-tokens: nothing else uses it.");
  });
});
