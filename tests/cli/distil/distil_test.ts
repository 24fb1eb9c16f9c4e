import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { distil } from "../../../src/cli/distil/distil.ts";
import { train } from "../../../src/cli/train/train.ts";
import { evaluate } from "../../../src/cli/evaluate/evaluate.ts";
import { repetitiveText } from "../../pretraining/text.ts";
import { tinyMaskedLmStore } from "../../tiny_masked_lm.ts";
import { learntText, tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson } from "../terminal.ts";
import { inTrainingFolder, quickly, type TrainingFolder } from "../training_folder.ts";

/** A short run on the texts of the folder. */
const briefly = [
  ...["--teacher", "@tagger", "--text", "@raw", "@more.conll", "--layers", "1", "--out", "@out"],
  ...["--device", "cpu", "--learning-rate", "1e-2", "--batch-tokens", "60", "--epochs", "6"],
];

async function inTextFolder(test: (folder: TrainingFolder) => Promise<void>): Promise<void> {
  await inTrainingFolder(async (folder) => {
    await folder.writeStore("tagger", await tinyTaggerStore());
    await folder.write("raw/a.txt", learntText.repeat(4));
    await folder.write("more.conll", "Asha B-NOBODY\nanaishi O\nTanga O\n\n".repeat(4));
    await test(folder);
  });
}

Deno.test("distil teaches half of a tagger's layers on text, tells what it does, and leaves a tagger", async () => {
  await inTextFolder(async (folder) => {
    const gold = ["--dev", "@train.conll", "--test", "@train.conll"];
    const { exitCode, stdout, stderr } = await folder.run(distil, [...briefly, ...gold]);
    assertEquals(exitCode, 0, stderr);
    assertMatch(stdout, /^Scores on test of epoch \d+, the best on dev:\n\nF1 \d/);
    assertMatch(stdout, /\nModel: out\nLog: out\/log\.jsonl\n$/);
    assertMatch(
      stderr,
      /\nDistilling into [\d,]+ parameters on 24 sentences of text \(dev 5, test 5\), \d+ steps\n/,
    );
    const log = (await Deno.readTextFile(folder.path("out/log.jsonl"))).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals([log[0].type, log[0].settings.temperature, log[0].data.layers], ["start", 2, [0]]);
    assert(log.filter(({ type }) => type === "step").every(({ distillationLoss }) => distillationLoss > 0));
    const scored = await folder.run(evaluate, [
      "--model",
      "@out",
      "--data",
      "@train.conll",
      "--device",
      "cpu",
    ]);
    assertEquals(scored.exitCode, 0, scored.stderr);
  });
});

Deno.test("distil without dev holds some text out and says whose tags its scores are of; Ctrl-C and --resume give the same bytes", async () => {
  await inTextFolder(async (folder) => {
    const model = (out: string) => Deno.readFile(folder.path(`${out}/model.safetensors`));
    const whole = await folder.run(distil, [...briefly, "--out", "@whole"]);
    assertEquals(whole.exitCode, 0, whole.stderr);
    assertStringIncludes(
      whole.stdout,
      "whose tags are the teacher's: scores say how far the student agrees with it",
    );
    const stopped = await folder.run(distil, briefly, { interruptAt: "epoch 2: dev F1" });
    assertEquals([stopped.exitCode, stopped.stdout], [130, ""]);
    assertMatch(stopped.stderr, /state saved in out\. To go on: deno task distil --teacher .* --resume\n$/);
    const resumed = await folder.run(distil, [...briefly, "--resume", "--json"]);
    assertEquals(resumed.exitCode, 0, resumed.stderr);
    assertEquals([lastJson(resumed.stdout).status, lastJson(resumed.stdout).split], ["finished", "dev"]);
    assertEquals(await model("out"), await model("whole"));
  });
});

Deno.test("of an encoder distil teaches the hidden states, and says how near the student came; train begins from it", async () => {
  await inTextFolder(async (folder) => {
    await folder.writeStore("encoder", await tinyMaskedLmStore());
    await folder.write("raw/b.txt", repetitiveText(60));
    await folder.write("heldout.txt", repetitiveText(20, 2));
    const args = [
      "--text",
      "@raw",
      "--heldout",
      "@heldout.txt",
      "--layers",
      "1",
      "--out",
      "@out",
      "--device",
      "cpu",
    ];
    const short = [...args, "--learning-rate", "5e-3", "--batch-tokens", "100", "--max-steps", "12"];
    const { exitCode, stdout, stderr } = await folder.run(distil, ["--teacher", "@encoder", ...short]);
    assertEquals(exitCode, 0, stderr);
    assertMatch(
      stdout,
      /^On the held-out text, before the run: squared error of hidden states \d\.\d{4}.*\nthe student of step 12 of 12: /,
    );
    assertMatch(
      stderr,
      /\nDistilling into [\d,]+ parameters on .* of text in 2 files, \d+ tokens held out\n/,
    );
    const finetune = quickly.filter((arg) => arg !== "--from-scratch");
    const tagged = await folder.run(train, [...finetune, "--model", "@out", "--out", "@tuned"]);
    assertEquals(tagged.exitCode, 0, tagged.stderr);
    const ofTagger = await folder.run(distil, ["--teacher", "@tagger", "--encoder", ...short, "--json"]);
    assertEquals(lastJson(ofTagger.stdout).steps, 12, ofTagger.stderr);
  });
});

Deno.test("what distil cannot work with is refused in one sentence, before anything is written", async () => {
  const without = (option: string, count: number) => briefly.toSpliced(briefly.indexOf(option), count);
  const refusals: [code: number, args: string[], sentence: string][] = [
    [2, without("--teacher", 2), "required option '--teacher <DIR|ORG/NAME>' not specified"],
    [
      2,
      without("--layers", 2),
      "Expected --layers N, --keep-layers 0,2,4 or --model DIR, which say what the student is.",
    ],
    [2, [...briefly, "--keep-layers", "0,1"], "Expected --layers or --keep-layers, found both."],
    [
      2,
      [...briefly, "--from-scratch"],
      "Expected --model with --from-scratch: it has the sizes of the student.",
    ],
    [2, [...briefly, "--masked-share", "0.3"], "Expected a --masking that masks with --masked-share"],
    [
      2,
      [...briefly, "--out", "@tagger"],
      "Expected --teacher (tagger) apart from what --out (tagger) writes",
    ],
    [
      1,
      [...without("--layers", 2), "--layers", "3"],
      "Expected --keep-layers to be ascending numbers from 0 to 1",
    ],
    [1, [...briefly, "--teacher", "@model"], "model/model.safetensors: expected this file"],
    [
      2,
      [...briefly, "--mlm-weight", "1"],
      "Expected a --teacher that does not tag, or --encoder, with --mlm-weight",
    ],
    [2, [...briefly, "--encoder", "--temperature", "3"], "Expected a --teacher that tags with --temperature"],
    [2, [...briefly, "--gold-weight", "0.3"], "Expected --train with --gold-weight: nothing else uses it."],
    [1, [...briefly, "--dev", "@more.conll"], 'found "B-NOBODY" at the word "Asha"'],
    [1, [...briefly, "--resume"], "expected the state of an interrupted run, to resume it, found none"],
  ];
  await inTextFolder(async (folder) => {
    for (const [code, args, sentence] of refusals) {
      const { exitCode, stdout, stderr } = await folder.run(distil, args);
      assertEquals([exitCode, stdout], [code, ""], stderr);
      assertStringIncludes(stderr, sentence);
      if (code === 1) {
        assertEquals(await Array.fromAsync(Deno.readDir(folder.path("out"))).catch(() => []), []);
      }
    }
  });
});
