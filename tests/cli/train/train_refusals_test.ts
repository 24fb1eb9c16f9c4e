import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DenoStore } from "../../../src/cli/files/deno_store.ts";
import { fromFileUrl } from "@std/path";
import { train } from "../../../src/cli/train/train.ts";
import { lockFolder } from "../../../src/store/folder_lock.ts";
import { tinyModelStore } from "../../fixtures.ts";
import { tinyTaggerStore } from "../../tiny_tagger.ts";
import { inTrainingFolder, quickly, type TrainingFolder } from "../training_folder.ts";

/** Fine-tunes the tagger in `tagger`; later options win over earlier ones. */
const finetune = [...quickly.filter((arg) => arg !== "--from-scratch"), "--model", "@tagger"];

async function inTaggerFolder(test: (folder: TrainingFolder) => Promise<void>): Promise<void> {
  await inTrainingFolder(async (folder) => {
    await folder.writeStore("tagger", await tinyTaggerStore());
    await test(folder);
  });
}

async function fileNames(folder: TrainingFolder, name: string): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir(folder.path(name)), ({ name }) => name);
}

/** What is wrong, the files that make it so, the options, and the sentence that says it. */
type Refusal = [what: string, files: Record<string, string | Uint8Array>, args: string[], sentence: string];

const wrongData: Refusal[] = [
  [
    "a missing file",
    {},
    ["--train", "@none.conll"],
    "cannot read none.conll: there is no such file or folder",
  ],
  [
    "a folder in place of a file",
    {},
    ["--dev", "@model"],
    "cannot read model: expected a file, or a folder of brat with .ann files, found neither",
  ],
  [
    "an empty file",
    { "empty.conll": "" },
    ["--train", "@empty.conll"],
    "empty.conll: expected sentences of one word and tag a line, found an empty file: check the path",
  ],
  [
    "a word without a tag",
    { "bad.conll": "Asha B-PER\nJuma\n" },
    ["--train", "@bad.conll"],
    'bad.conll:2: expected a word and its tag separated by a space or a tab, found only "Juma": ' +
    "put its tag in the last column (O outside of mentions); --skip-faulty leaves out its sentence",
  ],
  [
    "a tag without a word",
    { "bad.conll": "Asha B-PER\n\tO\n" },
    ["--test", "@bad.conll"],
    'bad.conll:2: expected a word and its tag separated by a space or a tab, found only the tag "O": ' +
    "put its word in the first column; --skip-faulty leaves out its sentence",
  ],
  [
    "an unknown scheme",
    { "bad.conll": "Asha X-PER\nleo O\n" },
    ["--dev", "@bad.conll"],
    'bad.conll:1: expected a tag such as O, B-PER or I-PER, found "X-PER": write the tags as IOB1, IOB2, IOE1, ' +
    "IOE2, BIOES, BILOU or BMES, or say that they are IO, types without prefix; " +
    "--skip-faulty leaves out its sentence",
  ],
  [
    "bytes that are no text",
    { "latin.conll": Uint8Array.of(0x61, 0x0a, 0x62, 0xc3) },
    ["--train", "@latin.conll"],
    "latin.conll:2: expected UTF-8 text, found bytes that are not UTF-8: convert the file",
  ],
  [
    "nothing to learn",
    { "plain.conll": "leo O\n" },
    ["--train", "@plain.conll"],
    "plain.conll: expected at least one mention (a tag such as B-PER), found only O: " +
    "check that the last column holds the tags",
  ],
  [
    "a type that training lacks",
    { "dates.conll": "leo O\n\nTanga B-LOC\nleo B-DATE\n" },
    ["--test", "@dates.conll"],
    'dates.conll:4: expected tags among ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"], found "B-DATE" at the word "leo": ' +
    "a tagger knows only the types of its training data",
  ],
  [
    "no raw text",
    { "raw.txt": " \n" },
    ["--unlabelled", "@raw.txt"],
    "raw.txt: expected raw text of the language, found none: check the path",
  ],
];

const wrongPlaces: Refusal[] = [
  [
    "an out folder that cannot be",
    {},
    ["--out", "@train.conll/out"],
    "cannot write to the folder train.conll/out: a part of the path is a file, expected a folder",
  ],
  [
    "a log that cannot be",
    {},
    ["--log", "@none/log.jsonl"],
    "cannot write none/log.jsonl: there is no such file or folder",
  ],
  [
    "f16 on the CPU",
    {},
    ["--precision", "f16"],
    "The CPU device has no f16, since WebAssembly has none: use --precision f32, or --device webgpu where there is a GPU",
  ],
  [
    "nothing to resume",
    {},
    ["--resume"],
    "out/training_state.safetensors: expected the state of an interrupted run, to resume it, found none: " +
    "begin without --resume",
  ],
];

/** The tagger's config.json with other fields, or its weights, cut after so many bytes. */
async function damaged(changes: Record<string, unknown>): Promise<Record<string, string | Uint8Array>> {
  const store = await tinyTaggerStore();
  const config = await store.read("config.json", 0, await store.size("config.json"));
  return {
    "tagger/config.json": JSON.stringify({ ...JSON.parse(new TextDecoder().decode(config)), ...changes }),
  };
}
async function cut(bytes: number): Promise<Record<string, string | Uint8Array>> {
  const store = await tinyTaggerStore();
  return { "tagger/model.safetensors": await store.read("model.safetensors", 0, bytes) };
}
const weightBytes = await (await tinyTaggerStore()).size("model.safetensors");

const wrongModels: Refusal[] = [
  [
    "a folder that is no model",
    {},
    ["--model", "@none"],
    "none: expected the folder of a model (config.json, tokenizer.json, model.safetensors), found no folder: " +
    "check the path; a model of the Hugging Face Hub is named ORG/NAME",
  ],
  [
    "a model without weights",
    {},
    ["--model", "@model"],
    "model/model.safetensors: expected this file or model.safetensors.index.json beside it, found neither",
  ],
  [
    "weights that are cut off",
    await cut(weightBytes - 100),
    [],
    'tagger/model.safetensors: tensor "classifier.weight": expected data within the 38000 bytes that follow the ' +
    "header, found offsets 37780 to 38100; the file may be cut off, copy or download it again",
  ],
  [
    "weights cut off in their first bytes",
    await cut(5),
    [],
    "tagger/model.safetensors: expected a safetensors file, which begins with 8 bytes of header length, " +
    "found 5 bytes in all",
  ],
  [
    "a tokenizer with more pieces than the model",
    await damaged({ vocab_size: 200 }),
    [],
    'Expected the ids of tokenizer.json below the vocab_size 200 of config.json, found ids up to 299 ("##lima"): ' +
    "take the tokenizer and the model from the same checkpoint",
  ],
  [
    "a tensor of another shape",
    await damaged({ intermediate_size: 25 }),
    [],
    'tagger/model.safetensors: tensor "bert.encoder.layer.0.intermediate.dense.weight": expected shape [25, 16] ' +
    "after config.json, found [24, 16]; the weights and config.json belong to different models",
  ],
  [
    "missing tensors",
    await damaged({ num_hidden_layers: 3 }),
    [],
    'tagger/model.safetensors: tensor "bert.encoder.layer.2.attention.self.query.weight": expected it, since the ' +
    "model needs it, found no such tensor (16 are missing in all); names near it are " +
    '"bert.encoder.layer.0.attention.self.query.weight", "bert.encoder.layer.1.attention.self.query.weight"',
  ],
];

for (const [what, files, args, sentence] of [...wrongData, ...wrongPlaces, ...wrongModels]) {
  Deno.test(`train refuses ${what} in one sentence, with 1, and writes no model`, async () => {
    await inTaggerFolder(async (folder) => {
      for (const [name, content] of Object.entries(files)) await folder.write(name, content);
      const { exitCode, stdout, stderr } = await folder.run(train, [...finetune, ...args]);
      const said = stderr.split("\n").filter((line) => !/^Device: | stand in training, too\.$/.test(line));
      assertEquals([exitCode, stdout, said], [1, "", [sentence, ""]]);
      const left = (await fileNames(folder, "")).includes("out") ? await fileNames(folder, "out") : [];
      assertEquals(left, []);
    });
  });
}

Deno.test("train refuses a single sentence without --dev, because none is left to learn from", async () => {
  await inTaggerFolder(async (folder) => {
    await folder.write("one.conll", "Asha B-PER\n");
    const run = await folder.run(train, ["--train", "@one.conll", "--out", "@out"]);
    assertEquals(run, {
      exitCode: 1,
      stdout: "",
      stderr: "one.conll: expected at least 2 sentences, to hold one out for dev, found 1: give --dev\n",
    });
  });
});

Deno.test("no output is an input, whatever its name: the checkpoint and the data stay as they were", async () => {
  await inTaggerFolder(async (folder) => {
    await Deno.symlink("tagger", folder.path("link"));
    await Deno.link(folder.path("train.conll"), folder.path("copy.conll"));
    const files = ["tagger/model.safetensors", "train.conll"];
    const before = await Promise.all(files.map((name) => Deno.readFile(folder.path(name))));
    const refusals: [args: string[], sentence: string][] = [
      [["--out", "@link"], "Expected --model (tagger) apart from what --out (link) writes"],
      [["--log", "@copy.conll"], "Expected --train (train.conll) apart from what --log (copy.conll) writes"],
      [
        ["--log", "@link/config.json"],
        "Expected --model (tagger) apart from what --log (link/config.json) writes",
      ],
      [["--log", "@out/config.json"], "Expected --log (out/config.json) apart from what --out (out) writes"],
    ];
    for (const [args, sentence] of refusals) {
      const { exitCode, stdout, stderr } = await folder.run(train, [...finetune, ...args]);
      assertEquals([exitCode, stdout], [2, ""], stderr);
      assertStringIncludes(stderr, sentence);
    }
    const embedded = await folder.run(train, [
      "--out",
      fromFileUrl(new URL("../../../weights", import.meta.url)),
    ]);
    assertStringIncludes(embedded.stderr, "Expected the embedded model (");
    assertEquals(await Promise.all(files.map((name) => Deno.readFile(folder.path(name)))), before);
    assertEquals(await fileNames(folder, "").then((names) => names.includes("out")), false);
  });
});

Deno.test("a run that cannot begin leaves model and log of the run before as they were", async () => {
  await inTaggerFolder(async (folder) => {
    assertEquals((await folder.run(train, [...finetune, "--epochs", "1"])).exitCode, 0);
    const files = () =>
      Promise.all(
        ["log.jsonl", "model.safetensors"].map((name) => Deno.readFile(folder.path(`out/${name}`))),
      );
    const before = await files();
    const { exitCode, stderr } = await folder.run(train, [...finetune, "--model", "@model"]);
    assertEquals(exitCode, 1);
    assertStringIncludes(stderr, "The model of an earlier run in out will be replaced.\n");
    assertEquals(await files(), before);
  });
});

Deno.test("train refuses to replace a model that is not Lacuna's, and its folder stays as it was", async () => {
  await inTaggerFolder(async (folder) => {
    await folder.writeStore("out", await tinyModelStore());
    assertEquals(await folder.run(train, finetune), {
      exitCode: 1,
      stdout: "",
      stderr: "out/config.json: expected no such file, or one as Lacuna saved it here, " +
        "found one that Lacuna did not save, which would be lost; move it away, or save to another folder\n",
    });
    assertEquals((await fileNames(folder, "out")).sort(), ["config.json", "tokenizer.json"]);
  });
});

Deno.test("a run into a folder in which another one works is refused in one sentence, and the log stays", async () => {
  await inTaggerFolder(async (folder) => {
    await folder.write("out/log.jsonl", "theirs");
    await using _theirs = await lockFolder(new DenoStore(folder.path("out")), "");
    assertEquals(await folder.run(train, finetune), {
      exitCode: 1,
      stdout: "",
      stderr: "out: expected a folder that no other process works in, found one that does: " +
        "wait for it to end, or use another folder\n",
    });
    assertEquals(await Deno.readTextFile(folder.path("out/log.jsonl")), "theirs");
  });
});

Deno.test("a loss that is not finite ends the run with 1; the last good model stays as it was", async () => {
  await inTaggerFolder(async (folder) => {
    const model = () => Deno.readFile(folder.path("out/model.safetensors"));
    assertEquals((await folder.run(train, [...finetune, "--epochs", "2"])).exitCode, 0);
    const good = await model();
    const args = [...finetune, "--learning-rate", "1e30", "--max-gradient-norm", "0"];
    const { exitCode, stdout, stderr } = await folder.run(train, args);
    assertEquals([exitCode, stdout], [1, ""]);
    const sentence = stderr.trimEnd().split("\n").at(-1)!;
    assert(
      /^Expected a finite loss but found .* by step \d+: use a lower --learning-rate or more --warmup/.test(
        sentence,
      ),
      stderr,
    );
    assertEquals(await model(), good);
    const log = (await Deno.readTextFile(folder.path("out/log.jsonl"))).trimEnd().split("\n");
    const { type, message } = JSON.parse(log.at(-1)!);
    assertEquals(type, "error");
    assertStringIncludes(message, ": use a lower learningRate or more warmup; "); // for programs
  });
});

const wrongUsage: [args: string[], complaint: string][] = [
  [["--epochs", "2", "--max-steps", "3"], "Expected --epochs or --max-steps, found both."],
  [
    ["--masking", "none", "--masked-copies", "2"],
    "Expected a --masking that masks with --masked-copies: nothing else uses it.",
  ],
  [
    ["--masking", "none", "--anneal-from", "0.5"],
    "Expected a --masking that masks with --anneal-from: nothing else uses it.",
  ],
  [
    ["--masking", "prompt", "--masked-share", "0.3"],
    "Expected a --masking that masks with --masked-share: nothing else uses it.",
  ],
  [["--lambda", "1"], "Expected --objective joint with --lambda: nothing else uses it."],
  [["--boundary-objective"], "Expected --unlabelled with --boundary-objective: nothing else uses it."],
  [
    ["--augmentation-epochs", "2"],
    "Expected --augmentation with --augmentation-epochs: nothing else uses it.",
  ],
  [
    ["--adaptation-learning-rate", "0.1"],
    "Expected --unlabelled or --augmentation with --adaptation-learning-rate: nothing else uses it.",
  ],
  [["--allow-inexact"], "Expected --resume with --allow-inexact: nothing else uses it."],
  [
    ["--masking", "none", "--objective", "joint"],
    "Expected --objective none for --masking none but found joint: this strategy masks nothing",
  ],
  [
    ["--learning-rate", "0"],
    "Expected --learning-rate above 0 where --head-learning-rate is: to train the heads alone, freeze embeddings " +
    "and layers",
  ],
  [
    ["--model", "some/../out", "--out", "out"],
    "Expected --model (some/../out) apart from what --out (out) writes: no output may be an input.",
  ],
  [
    ["--dev", "dev.conll"],
    "Expected --train with --dev or --test: without it the embedded corpus is used.",
  ],
];
for (const [args, complaint] of wrongUsage) {
  Deno.test(`options that do not go together end with 2: train ${args.join(" ")}`, async () => {
    await inTrainingFolder(async (folder) => {
      const { exitCode, stdout, stderr } = await folder.run(train, args);
      assertEquals([exitCode, stdout], [2, ""]);
      assertStringIncludes(stderr, `${complaint}\n`);
    });
  });
}
