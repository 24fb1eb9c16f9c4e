import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { evaluate } from "../../../src/cli/evaluate/evaluate.ts";
import { learntConll, tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson } from "../terminal.ts";
import { inTrainingFolder } from "../training_folder.ts";

const args = ["--model", "@tagger", "--device", "cpu", "--data"];

Deno.test("evaluate --model scores what the model finds in a file", async () => {
  await inTrainingFolder(async (folder) => {
    await folder.writeStore("tagger", await tinyTaggerStore());
    const { exitCode, stdout } = await folder.run(evaluate, [
      ...args,
      "@train.conll",
      "--train",
      "@train.conll",
      "--json",
    ]);
    const { f1, names } = lastJson(stdout) as Record<string, Record<string, Record<string, number>>>;
    assertEquals([exitCode, f1, names.seen.support, names.unseen.support], [0, 1, 6, 0]);
  });
});

Deno.test("evaluate --model names the types of the file that the model does not know", async () => {
  await inTrainingFolder(async (folder) => {
    await folder.writeStore("tagger", await tinyTaggerStore());
    await folder.write("dates.conll", `${learntConll}\nleo B-DATE\n`);
    const { stdout, stderr } = await folder.run(evaluate, [...args, "@dates.conll"]);
    assertStringIncludes(stderr, "tagger does not know DATE: in dates.conll they count as missed\n");
    assertStringIncludes(stdout, "F1 92.31 strict");
    assertMatch(stdout, /\nScores of entities have an expected calibration error of \d+\.\d\d %/);
  });
});

Deno.test("evaluate with a model and a second file, or with neither, is wrong usage", async () => {
  await inTrainingFolder(async (folder) => {
    const wrong = [["--model", "@tagger"], ["--data", "@train.conll"], [
      ...args,
      "@train.conll",
      "--gold",
      "@train.conll",
    ], []];
    for (const some of wrong) {
      const { exitCode, stderr } = await folder.run(evaluate, some);
      assertEquals(exitCode, 2);
      assertStringIncludes(
        stderr,
        "Expected a model and a labelled file, --model DIR --data FILE, or two labelled files",
      );
    }
  });
});
