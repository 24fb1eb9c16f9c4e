/**
 * Saves taggers with random weights and tokenizers of all kinds, and says beside them what Lacuna makes of
 * text, for saved.py to compare with what transformers makes of the same folders:
 *
 *     deno run --allow-read --allow-write tests/golden/saved.ts OUT [CHECKPOINT...]
 *
 * The tokenizers of CHECKPOINTs are tried as well, on every word of ../shared/data where that is there.
 */

import { createHash } from "node:crypto";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { modelLogits } from "../../src/inference/model_logits.ts";
import { parseConfig, readConfig } from "../../src/model/config.ts";
import { Model } from "../../src/model/model.ts";
import { saveModel } from "../../src/model/save.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { initialise } from "../../src/nn/initialise.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer, type Tokenizer } from "../../src/text/tokenizer.ts";
import { golden, sharedFolder, tinyJson } from "../text/golden_tokenizers.ts";
import { gemmaJson, gptJson } from "../text/spaced_tokenizers.ts";

type Json = Record<string, unknown>;

interface Source {
  readonly tokenizer: Json;
  readonly tokenizerConfig?: Json;
  readonly config: Json;
}

const BERT = { model_type: "bert" };
const ROBERTA = { model_type: "roberta", type_vocab_size: 1, pad_token_id: 1 };

const cased = () => {
  const json = tinyJson("wordpiece");
  return { ...json, normalizer: { ...json.normalizer as Json, lowercase: false } };
};
const glued = () => {
  const json = tinyJson("bpe");
  return { ...json, pre_tokenizer: { ...json.pre_tokenizer as Json, add_prefix_space: false } };
};
const bare = () => ({ ...tinyJson("wordpiece"), added_tokens: [], post_processor: null });
const neverSpaced = () => ({
  ...tinyJson("unigram"),
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: true },
});

/**
 * Under the class of its family transformers reads each of these otherwise, lower-cases it, or adds no space.
 */
const SOURCES: Readonly<Record<string, Source>> = {
  wordpiece: { tokenizer: tinyJson("wordpiece"), config: BERT },
  wordpieceCased: {
    tokenizer: cased(),
    config: { ...BERT, initializer_range: 1, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
  },
  wordpieceBare: { tokenizer: bare(), tokenizerConfig: { tokenizer_class: "BertTokenizer" }, config: BERT },
  unigram: {
    tokenizer: tinyJson("unigram"),
    tokenizerConfig: { tokenizer_class: "XLMRobertaTokenizer", do_lower_case: true },
    config: { ...ROBERTA, model_type: "xlm-roberta" },
  },
  unigramBert: { tokenizer: tinyJson("unigram"), config: { ...BERT, pad_token_id: 1 } },
  unigramCamembert: { tokenizer: tinyJson("unigram"), config: { ...ROBERTA, model_type: "camembert" } },
  unigramNeverSpaced: { tokenizer: neverSpaced(), config: { ...ROBERTA, model_type: "xlm-roberta" } },
  bpe: { tokenizer: tinyJson("bpe"), config: ROBERTA },
  bpeGlued: {
    tokenizer: glued(),
    tokenizerConfig: { tokenizer_class: "RobertaTokenizer", add_prefix_space: false },
    config: ROBERTA,
  },
  bpeGpt: { tokenizer: gptJson(), config: { ...ROBERTA, model_type: "data2vec-text" } },
  bpeGemma: { tokenizer: gemmaJson(), config: { ...ROBERTA, pad_token_id: 0 } },
};

const LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
const SENTENCES = [
  "Asha alisafiri kutoka Mombasa hadi Kisumu siku ya Jumatatu .",
  "Ng'ombe wa Baraka walinywa maji , mtoni !",
  "Adéwálé lọ sí ọjà ní Ìbàdàn ní ọjọ́ Àìkú .",
  "'Yan makaranta sun tafi gona tare da ƙanwata , 1,000 mara x<mask>y",
].map((sentence) => sentence.split(" "));

const hardWords = golden("tokenizer_ids.json").words as string[];
const hardIds = (tokenizer: Tokenizer) => hardWords.map((word) => [...tokenizer.encodeWord(word)]);

async function save(out: DenoStore, dir: string, { tokenizer, tokenizerConfig, config }: Source) {
  const { vocabSize } = loadTokenizer({ tokenizerJson: tokenizer, tokenizerConfig });
  const sizes = {
    vocab_size: vocabSize,
    hidden_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 3,
    intermediate_size: 40,
    max_position_embeddings: 130,
    layer_norm_eps: 1e-5,
  };
  const own = parseConfig({ ...sizes, ...config }, "config.json");
  const files: Record<string, string> = { "tokenizer.json": JSON.stringify(tokenizer) };
  if (tokenizerConfig) files["tokenizer_config.json"] = JSON.stringify(tokenizerConfig);
  const opened = await openTokenizer(new MemoryStore(files), { dir: "", config: own });
  const model = new Model(new CpuDevice(), own, { tagging: tokenClassification.of(LABELS) });
  await initialise(model.parameters, model.specs, { seed: 1, range: 0.3 });
  await saveModel(model, out, { dir, tokenizer: opened.files });
  const logits = await modelLogits(model, SENTENCES, { tokenizer: opened.tokenizer, precision: "f32" });
  return { hardIds: hardIds(opened.tokenizer), logits: logits.map((values) => [...values]) };
}

/** Files of ../shared/data with lines whose first column, or every column, are words. */
async function* dataFiles(folder: URL, path = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, folder))) {
    if (isDirectory) yield* dataFiles(folder, `${path}${name}/`);
    else if (/^masakhaner2\/.*\/(train|dev|test)\.txt$|^text\/.*\.txt$/.test(path + name)) yield path + name;
  }
}

/** The number of words and a hash of their ids, u32 little endian. */
async function digest(tokenizer: Tokenizer, folder: URL, path: string) {
  const hash = createHash("sha256");
  let words = 0;
  for (const line of (await Deno.readTextFile(new URL(path, folder))).split("\n")) {
    const columns = line.match(/[^ \t\r]+/g) ?? [];
    for (const word of path.startsWith("text/") ? columns : columns.slice(0, 1)) {
      hash.update(new Uint8Array(Uint32Array.from(tokenizer.encodeWord(word)).buffer));
      words++;
    }
  }
  return { words, sha256: hash.digest("hex") };
}

const [folder, ...checkpoints] = Deno.args;
const out = new DenoStore(folder);
const models: Json = {};
for (const [name, source] of Object.entries(SOURCES)) models[name] = await save(out, name, source);
const tokenizers: Json = {};
const data = sharedFolder("data");
for (const checkpoint of checkpoints) {
  const store = new DenoStore(checkpoint);
  const config = await readConfig(store, "");
  const { tokenizer, files } = await openTokenizer(store, { dir: "", config });
  const dir = `tokenizer${Object.keys(tokenizers).length}`;
  await Deno.mkdir(`${folder}/${dir}`, { recursive: true });
  for (const [name, bytes] of files) await Deno.writeFile(`${folder}/${dir}/${name}`, bytes);
  // The family decides the class, where nothing else does.
  await Deno.writeTextFile(`${folder}/${dir}/config.json`, JSON.stringify({ model_type: config.modelType }));
  const digests: Json = {};
  if (data) { for await (const path of dataFiles(data)) digests[path] = await digest(tokenizer, data, path); }
  tokenizers[dir] = { checkpoint, hardIds: hardIds(tokenizer), digests };
}
const expected = { sentences: SENTENCES, labels: LABELS, hardWords, models, tokenizers };
await Deno.writeTextFile(`${folder}/expected.json`, JSON.stringify(expected));
