import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { predict } from "../../../src/cli/predict/predict.ts";
import type { Terminal } from "../../../src/cli/frame/terminal.ts";
import { parseConll } from "../../../src/data/conll.ts";
import { learntConll, learntText, tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson } from "../terminal.ts";
import { inTrainingFolder, type TrainingFolder } from "../training_folder.ts";

const model = ["--model", "@tagger", "--device", "cpu"];

async function inTaggerFolder(test: (folder: TrainingFolder) => Promise<void>): Promise<void> {
  await inTrainingFolder(async (folder) => {
    await folder.writeStore("tagger", await tinyTaggerStore());
    await test(folder);
  });
}

Deno.test("predict prints each sentence and under it its entities; the device is named on stderr", async () => {
  await inTaggerFolder(async (folder) => {
    await folder.write("news.txt", "Asha anaishi Tanga. Tanga ni mji.\nleo ni soko.\n");
    const { exitCode, stdout, stderr } = await folder.run(predict, [...model, "@news.txt"]);
    assertEquals(exitCode, 0);
    assertMatch(stderr, /^Device: cpu \(WASM SIMD[^)]*\), \d+ threads?, as asked\n$/);
    assertEquals(
      stdout.replaceAll(/ [01]\.\d\d$/gm, " score"),
      `\
Asha anaishi Tanga.
  PER  Asha   score
  LOC  Tanga  score
Tanga ni mji.
  LOC  Tanga  score
leo ni soko.
`,
    );
  });
});

Deno.test("predict --pre-split keeps lines and words as they are given", async () => {
  await inTaggerFolder(async (folder) => {
    const text = "Asha anaishi Tanga. Tanga-ni mji.\n\nleo  ni\tsoko.\n";
    const args = [...model, "--pre-split", "--json"];
    const { stdout } = await folder.run(predict, args, { stdin: text });
    const sentences = lastJson(stdout).sentences as { text: string; start: number }[];
    assertEquals(sentences.map(({ text }) => text), ["Asha anaishi Tanga. Tanga-ni mji.", "leo  ni\tsoko."]);
    assertEquals(sentences.map(({ start }) => start), [0, 35]);
    const conll = await folder.run(predict, [...model, "--pre-split", "--format", "conll"], { stdin: text });
    const words = parseConll(conll.stdout).sentences.map(({ words }) => words.join(" "));
    assertEquals(words, ["Asha anaishi Tanga. Tanga-ni mji.", "leo ni soko."]);
  });
});

Deno.test("predict stops when nobody reads its output any more, as after | head", async () => {
  await inTaggerFolder(async (folder) => {
    let lines = 0;
    const onlyOnce = (terminal: Terminal) =>
      predict({ ...terminal, stdout: (text) => terminal.stdout(text) && ++lines < 1 });
    const { exitCode, stdout } = await folder.run(onlyOnce, [...model, "--format", "jsonl"], {
      stdin: learntText,
    });
    assertEquals([exitCode, stdout.trimEnd().split("\n").length], [0, 1]);
  });
});

Deno.test("predict --format jsonl prints a JSON object a sentence, with offsets into the whole of standard input", async () => {
  await inTaggerFolder(async (folder) => {
    const text = `\ufeff😀\n${learntText}`;
    for (const operand of [[], ["-"]]) {
      const { stdout } = await folder.run(predict, [...model, "--format", "jsonl", ...operand], {
        stdin: text,
      });
      const sentences = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
      assertEquals(sentences.map(({ text }) => text), ["😀", ...learntText.trimEnd().split("\n")]);
      const [{ type, text: name, start, end, startCodePoint, endCodePoint }] = sentences[1].entities;
      assertEquals([type, name, start, end, startCodePoint, endCodePoint], ["PER", "Asha", 3, 7, 2, 6]);
    }
  });
});

Deno.test("predict --format conll prints what a CoNLL file with these tags says", async () => {
  await inTaggerFolder(async (folder) => {
    const { stdout } = await folder.run(predict, [...model, "--format", "conll"], { stdin: learntText });
    assertEquals(parseConll(stdout).sentences, parseConll(learntConll).sentences);
  });
});

Deno.test("predict --json prints one object with all sentences", async () => {
  await inTaggerFolder(async (folder) => {
    const { stdout } = await folder.run(predict, [...model, "--json"], { stdin: learntText });
    assertEquals(stdout.split("\n").length, 2);
    assertEquals((lastJson(stdout).sentences as unknown[]).length, 5);
  });
});

Deno.test("predict makes nothing of nothing", async () => {
  await inTaggerFolder(async (folder) => {
    for (const stdin of ["", "\n \n"]) {
      const { exitCode, stdout } = await folder.run(predict, model, { stdin });
      assertEquals([exitCode, stdout], [0, ""]);
    }
  });
});

Deno.test("predict refuses what it cannot read, in one sentence and with 1", async () => {
  await inTaggerFolder(async (folder) => {
    const complaint = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await folder.run(predict, [...model, ...args]);
      assertEquals([exitCode, stdout], [1, ""]);
      return stderr.replace(/^Device: .*\n/, "");
    };
    assertEquals(await complaint("@none.txt"), "cannot read none.txt: there is no such file or folder\n");
    await folder.write("latin.txt", Uint8Array.of(0x61, 0xff));
    assertEquals(
      await complaint("@latin.txt"),
      "latin.txt: expected UTF-8 text, found bytes that are not UTF-8: convert the file\n",
    );
    assertEquals(
      await complaint("--model", "@model", "@train.conll"),
      "model/config.json: expected the tags of a tagger (id2label), found none: fine-tune the model first\n",
    );
  });
});

Deno.test("predict without --model is wrong usage", async () => {
  await inTrainingFolder(async (folder) => {
    const { exitCode, stderr } = await folder.run(predict, []);
    assertEquals(exitCode, 2);
    assertStringIncludes(stderr, "required option '--model <DIR|ORG/NAME>' not specified\n");
    assertMatch(stderr, /Run "deno task predict --help"/);
  });
});
