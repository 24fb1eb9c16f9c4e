import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkApart, isSame, modelPlace, type NamedPath } from "../../../src/cli/files/apart.ts";
import { UsageError } from "../../../src/cli/frame/command.ts";

/** Calls `test` with a folder that holds a model, a text, and links to them. */
async function inFolder(test: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const path = (name: string) => `${root}/${name}`;
  try {
    await Deno.mkdir(path("models/bert"), { recursive: true });
    await Deno.writeTextFile(path("models/bert/config.json"), "{}");
    await Deno.writeTextFile(path("a.txt"), "text");
    await Deno.link(path("a.txt"), path("hard.txt"));
    await Deno.symlink("a.txt", path("soft.txt"));
    await Deno.symlink("models/bert", path("linked"));
    await Deno.symlink("models", path("link-of-models"));
    await Deno.symlink("not/yet/there", path("dangling"));
    await Deno.symlink("round", path("round"));
    await test(path);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const MODEL = /^[^/]+\.json$/;
const OUT = /^[^/]+\.json$|^log\.jsonl$|^work(\/|$)/;

/** An input, an output, and whether one can be the other. */
const cases: [read: [string, RegExp?], written: [string, RegExp?], meet: boolean][] = [
  [["a.txt"], ["a.txt"], true],
  [["a.txt"], ["./models/../a.txt"], true],
  [["a.txt"], ["link-of-models/../a.txt"], true],
  [["a.txt"], ["soft.txt"], true],
  [["soft.txt"], ["hard.txt"], true],
  [["a.txt"], ["b.txt"], false],
  [["a.txt"], ["models/a.txt"], false],
  [["a.txt"], ["dangling"], false],
  [["models/bert", MODEL], ["models/bert/"], true],
  [["models/bert", MODEL], ["linked"], true],
  [["linked", MODEL], ["link-of-models/bert"], true],
  [["models/bert", MODEL], ["models"], false],
  [["models/bert", MODEL], ["linked/config.json"], true],
  [["models/bert", MODEL], ["linked/new.json"], true],
  [["models/bert", MODEL], ["linked/sub/new.json"], false],
  [["models/bert", MODEL], ["linked/run.log"], false],
  [["models/bert", MODEL], ["linked/out", OUT], false],
  [["out/config.json"], ["out", OUT], true],
  [["out/work/a.txt"], ["out", OUT], true],
  [["out/work"], ["./out", OUT], true],
  [["out/data/a.txt"], ["out", OUT], false],
  [["not/yet/there/log.jsonl"], ["dangling", OUT], true],
];

for (const [[input, reads], [output, writes], meet] of cases) {
  const verb = meet ? "refuses" : "takes";
  Deno.test(`checkApart() ${verb} ${output} as output where ${input} is input`, async () => {
    await inFolder(async (path) => {
      const read = [{ option: "--in", path: path(input), files: reads }];
      const written = [{ option: "--out", path: path(output), files: writes }];
      const check = checkApart({ read, written });
      if (!meet) return await check;
      const sentence = `Expected --in (${path(input)}) apart from what --out (${path(output)}) writes`;
      await assertRejects(() => check, UsageError, sentence);
    });
  });
}

Deno.test("checkApart() refuses two outputs in one place, also under names that some disks take for one", async () => {
  await inFolder(async (path) => {
    const out: NamedPath = { option: "--out", path: path("out"), files: OUT };
    for (const name of ["out/log.jsonl", "out/x.json", "OUT", "models/../out/work/x"]) {
      const log = { option: "--log", path: path(name) };
      const check = () => checkApart({ read: [], written: [out, log] });
      await assertRejects(check, UsageError, "one would overwrite the other");
    }
    await checkApart({ read: [], written: [out, { option: "--log", path: path("out/other.jsonl") }] });
  });
});

Deno.test("a run that names no model begins with the embedded one, or from scratch with the sizes that are there for it", async () => {
  const folder = (path: string) => fromFileUrl(new URL(`../../../${path}`, import.meta.url));
  const place = (model?: string, scratch?: boolean) => modelPlace(model, { scratch }).path;
  assertEquals([place(), place(undefined, true)], [folder("weights"), folder("weights/scratch")]);
  assertEquals([place("mine"), place("mine", true)], ["mine", "mine"]);
  for (const path of [place(), place(undefined, true)]) {
    for (const file of ["config.json", "tokenizer.json"]) assert((await Deno.stat(`${path}/${file}`)).isFile);
  }
});

Deno.test("isSame() ends where links go round", async () => {
  await inFolder(async (path) => {
    assertEquals(await isSame(path("round"), path("a.txt")), false);
    assertEquals(await isSame(path("round/x"), path("round/x")), true);
  });
});
