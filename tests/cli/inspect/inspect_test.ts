import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { writeSafetensors } from "../../../src/checkpoint/safetensors.ts";
import { writeTrainingState } from "../../../src/checkpoint/training_state.ts";
import { DenoStore } from "../../../src/cli/files/deno_store.ts";
import { inspect } from "../../../src/cli/inspect/inspect.ts";
import { TINY_CONFIG, tinyTensors, zeros } from "../../checkpoint/tiny_config.ts";
import { lastJson, onTerminal } from "../terminal.ts";

/** Runs the command on a path inside a folder that `fill` fills. */
async function inspectFolder(
  fill: (store: DenoStore, folder: string) => Promise<void>,
  { path = "", args = [] }: { path?: string; args?: string[] } = {},
) {
  const folder = await Deno.makeTempDir();
  try {
    await fill(new DenoStore(folder), folder);
    const run = await onTerminal([`${folder}${path}`, ...args], inspect);
    return {
      ...run,
      stdout: run.stdout.replaceAll(folder, "DIR"),
      stderr: run.stderr.replaceAll(folder, "DIR"),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A directory with a tiny encoder, a pooler, a masked-LM head and no tagging head. */
async function writeEncoder(store: DenoStore, folder: string, changes: Record<string, unknown> = {}) {
  const config = { ...TINY_CONFIG, ...changes };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  const tensors = [...tinyTensors({}).values(), zeros("bert.pooler.dense.bias", [4])];
  tensors.push(zeros("cls.predictions.bias", [11]));
  await writeSafetensors(store, "model.safetensors", { tensors, metadata: { format: "pt" } });
}

Deno.test("inspect shows what a model directory holds and what a tagger takes from it", async () => {
  const { exitCode, stdout, stderr } = await inspectFolder(writeEncoder);
  assertEquals([exitCode, stderr], [0, ""]);
  assertEquals(stdout.split("\n").slice(0, 5), [
    "DIR: safetensors in 1 file, 39 tensors, 415 parameters, 1.6 KiB",
    "dtypes: F32 39",
    "",
    "tensor                                                  dtype  shape",
    "bert.embeddings.LayerNorm.bias                          F32    [4]",
  ]);
  assertEquals(
    stdout.slice(stdout.indexOf("metadata")),
    `\
metadata
  format: pt

model: bert
  layers             2
  hidden size        4
  attention heads    2
  feed-forward size  6
  vocabulary         11
  longest sequence   8 tokens
  tags               B-PER, I-PER, O
  scheme             IOB2

tokenizer: none, there is no tokenizer.json

as a tagger
  loads 37 tensors
  misses 2 tensors, to begin at random: classifier.weight, classifier.bias
  does not use 1 tensor: cls.predictions.bias
  never needs 1 tensor (pooler, index buffers, copies of tied weights)
`,
  );
});

Deno.test("inspect --json gives tensors, config, tokenizer and tagger", async () => {
  const { stdout } = await inspectFolder(writeEncoder, { args: ["--json"] });
  const { tensors, dtypes, config, tokenizer, tagger } = lastJson(stdout) as Record<string, never>;
  assertEquals(tensors[0], {
    name: "bert.embeddings.LayerNorm.bias",
    dtype: "F32",
    shape: [4],
    bytes: 16,
  });
  assertEquals([dtypes, config, tokenizer], [{ F32: 39 }, TINY_CONFIG, null] as unknown);
  assertEquals(tagger, {
    loaded: 37,
    fresh: ["classifier.weight", "classifier.bias"],
    unused: ["cls.predictions.bias"],
    needless: 1,
    ownDecoder: null,
  });
});

Deno.test("inspect shows where a training state stands", async () => {
  const write = (store: DenoStore) =>
    writeTrainingState(store, "state.safetensors", {
      tensors: [zeros("parameters.classifier.bias", [3])],
      state: {
        progress: { phase: 1, step: 120 },
        identity: { settings: { masking: "span" }, seeds: [1, 2] },
      },
    });
  const { stdout } = await inspectFolder(write, { path: "/state.safetensors" });
  assertEquals(
    stdout,
    `\
DIR/state.safetensors: safetensors in 1 file, 1 tensor, 3 parameters, 12 bytes
dtypes: F32 1

tensor                      dtype  shape
parameters.classifier.bias  F32    [3]

training state
  progress.phase             1
  progress.step              120
  identity.settings.masking  "span"
  identity.seeds             [1,2]
`,
  );
  const { stdout: json } = await inspectFolder(write, { path: "/state.safetensors", args: ["--json"] });
  const { trainingState } = lastJson(json) as Record<string, never>;
  assertEquals(trainingState["progress"], { phase: 1, step: 120 });
});

Deno.test("inspect shows no control characters of a stranger's file", async () => {
  const { stdout } = await inspectFolder(
    (store) => writeSafetensors(store, "x.safetensors", { tensors: [zeros("a\u001b[2Jb", [1])] }),
    { path: "/x.safetensors" },
  );
  assertStringIncludes(stdout, "\na\ufffd[2Jb  F32    [1]\n");
});

const tinyBert = fromFileUrl(new URL("../../golden/tiny-bert", import.meta.url));

Deno.test("inspect --data says how many words of a file the tokenizer does not know", async () => {
  const weights = fromFileUrl(new URL("../../../weights", import.meta.url));
  const file = await Deno.makeTempFile({ suffix: ".conll" });
  try {
    await Deno.writeTextFile(file, "Amina B-PER\nalisafiri O\n\u{1f9ff} O\n");
    const { exitCode, stdout } = await onTerminal([weights, "--data", file], inspect);
    assertEquals(exitCode, 0);
    assertStringIncludes(stdout, `\nWords of ${file} that the tokenizer does not know: 1 of 3 (33.33 %)\n`);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("inspect names kind, size and special tokens of the tokenizer", async () => {
  const { exitCode, stdout } = await inspectFolder(async (_store, folder) => {
    for (const name of ["config.json", "model.safetensors"]) {
      await Deno.copyFile(`${tinyBert}/${name}`, `${folder}/${name}`);
    }
    await Deno.writeTextFile(
      `${folder}/tokenizer.json`,
      JSON.stringify({
        model: {
          type: "WordPiece",
          unk_token: "[UNK]",
          continuing_subword_prefix: "##",
          max_input_chars_per_word: 100,
          vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4 },
        },
        added_tokens: [],
      }),
    );
  });
  assertEquals(exitCode, 0);
  assertStringIncludes(
    stdout,
    "\ntokenizer: WordPiece, 5 pieces\n  cls [CLS] 2, sep [SEP] 3, unk [UNK] 1, pad [PAD] 0\n",
  );
});

Deno.test("inspect prints the tensors of a model whose config does not fit, and ends with 1", async () => {
  const { exitCode, stdout, stderr } = await inspectFolder((store, folder) =>
    writeEncoder(store, folder, { vocab_size: 12 })
  );
  assertEquals(exitCode, 1);
  assertStringIncludes(stdout, "bert.embeddings.word_embeddings.weight");
  assertEquals(
    stderr,
    'DIR/model.safetensors: tensor "bert.embeddings.word_embeddings.weight": expected shape [12, 4] after config.json, ' +
      "found [11, 4]; the weights and config.json belong to different models\n",
  );
});

const refused: [what: string, path: string, message: string][] = [
  ["a missing file", "/gone", "cannot read DIR/gone: there is no such file or folder"],
  [
    "a folder without weights",
    "",
    "DIR/model.safetensors: expected this file or model.safetensors.index.json beside it, found neither",
  ],
  [
    "a file cut off",
    "/cut.safetensors",
    "DIR/cut.safetensors: expected a header that ends within the file of 20 bytes, found a header of 64 bytes; " +
    "the file may be cut off, copy or download it again",
  ],
];
for (const [what, path, message] of refused) {
  Deno.test(`inspect refuses ${what} in one sentence`, async () => {
    const run = await inspectFolder(async (_store, folder) => {
      await Deno.writeFile(`${folder}/cut.safetensors`, Uint8Array.of(64, ...new Uint8Array(19)));
    }, { path });
    assertEquals(run, { exitCode: 1, stdout: "", stderr: `${message}\n` });
  });
}
