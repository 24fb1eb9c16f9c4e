import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { trim } from "../../../src/cli/trim/trim.ts";
import { tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson, onTerminal } from "../terminal.ts";

async function inFolder(test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const store = await tinyTaggerStore();
    await Deno.mkdir(`${folder}/model`);
    for (const name of await store.list("")) {
      await Deno.writeFile(`${folder}/model/${name}`, await store.read(name, 0, await store.size(name)));
    }
    await Deno.writeTextFile(`${folder}/text.txt`, "Asha anaishi Tanga.\nJuma alienda soko, leo.\n");
    await Deno.writeTextFile(`${folder}/blank.txt`, "\n  \n");
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("trim writes a smaller model, and says what it was and is", () =>
  inFolder(async (folder) => {
    const args = [
      "--model",
      `${folder}/model`,
      "--text",
      `${folder}/text.txt`,
      "--out",
      `${folder}/small`,
      "--json",
    ];
    const run = await onTerminal(args, trim);
    assertEquals(run.exitCode, 0, run.stderr);
    // deno-lint-ignore no-explicit-any
    const { before, after } = lastJson(run.stdout) as any;
    assert(
      after.pieces < before.pieces && after.parameters < before.parameters && after.bytes < before.bytes,
    );
    assert(after.training < before.training);
    const again = await onTerminal(args.slice(0, -1), trim);
    assertEquals(again.exitCode, 0, again.stderr);
    assertStringIncludes(again.stdout, `Model: ${folder}/small`);
  }));

Deno.test("trim --adapt goes on in pretraining with the smaller model and the same text", () =>
  inFolder(async (folder) => {
    const text = ["--text", `${folder}/text.txt`];
    const out = ["--out", `${folder}/small`, "--adapt", `${folder}/adapted`, "--json"];
    const run = await onTerminal(["--model", `${folder}/model`, ...text, ...out], trim);
    assertEquals(run.exitCode, 0, run.stderr);
    const configOf = async (name: string) =>
      JSON.parse(await Deno.readTextFile(`${folder}/${name}/config.json`));
    const [small, adapted] = [await configOf("small"), await configOf("adapted")];
    assertEquals([adapted.vocab_size, adapted.architectures], [small.vocab_size, ["BertForMaskedLM"]]);
  }));

Deno.test("trim refuses text without a word, too few pieces, and to write over what it reads", () =>
  inFolder(async (folder) => {
    const base = ["--model", `${folder}/model`, "--text"];
    const cases: [string[], number, string][] = [
      [[...base, `${folder}/blank.txt`, "--out", `${folder}/small`], 1, "found no word in it"],
      [
        [...base, `${folder}/text.txt`, "--out", `${folder}/small`, "--pieces", "3"],
        1,
        "Expected --pieces to be at least",
      ],
      [[...base, `${folder}/text.txt`, "--out", `${folder}/model`], 2, "no output may be an input"],
    ];
    for (const [args, exitCode, message] of cases) {
      const run = await onTerminal(args, trim);
      assertEquals(run.exitCode, exitCode, run.stderr);
      assertStringIncludes(run.stderr, message);
    }
  }));
