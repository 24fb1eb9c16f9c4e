/** The files of strangers that Lacuna opens, each with what opening it is. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openCheckpoint } from "../../src/checkpoint/sharded.ts";
import { quantisedTensors, widened } from "../../src/checkpoint/quantised.ts";
import { openSafetensors, writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { formatConll, parseConll } from "../../src/data/conll.ts";
import { readLabelled } from "../../src/data/readers.ts";
import { readBrat } from "../../src/data/tools/brat.ts";
import { parseTag } from "../../src/data/scheme.ts";
import { tagIndexes, tagSet } from "../../src/data/tag_set.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { readConfig } from "../../src/model/config.ts";
import { openModel } from "../../src/model/open.ts";
import { saveModel } from "../../src/model/save.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readBytes, readText } from "../../src/store/store.ts";
import { train } from "../../src/training/trainer.ts";
import { buildFile } from "../checkpoint/build_file.ts";
import { goodWeights, readWeights } from "../checkpoint/good_weights.ts";
import { LAYOUTS } from "../data/columns/layouts.ts";
import { EXPORTS, zipOf } from "../data/tools/exports.ts";
import { learntConll } from "../tiny_tagger.ts";
import { stoppedRun } from "./stopped_run.ts";
import { bitDamage, byteDamage, type Damage, jsonDamage, within } from "./mutations.ts";
import { bytesIn } from "../store/bytes_in.ts";

/** A file and how it is opened. */
export interface FuzzTarget {
  /** The good file. */
  readonly file: Uint8Array;
  readonly damage: fc.Arbitrary<Damage>;
  /**
   * Opens the damaged file, and checks that what it then says is sound; rejects with a `LacunaError`
   * otherwise.
   */
  open(file: Uint8Array): Promise<void>;
}

/** Labelled files other than CoNLL's plain columns: the good files of the tests of their readers. */
const LABELLED = [
  ...["HIPE-2022", "CoNLL-U", "CoNLL-U Plus", "CoNLL-2012", "WebAnno TSV 3", "GermEval 2014"] as const,
  ...["Label Studio", "JSON_MIN", "doccano", "doccano with relations", "Prodigy"] as const,
  ...["GLiNER", "sw.jsonl", "sw.parquet", "sw.spacy", "zip", "brat"] as const,
] as const;

/** Names of the files that are fuzzed. */
export const FUZZED = [
  "config.json",
  "tokenizer.json",
  "tokenizer.json (Unigram)",
  "tokenizer.json (BPE)",
  "tokenizer_config.json",
  "model.safetensors.index.json",
  "model.safetensors",
  "model.safetensors (int8)",
  "model.safetensors (int4)",
  "training_state.safetensors",
  "CoNLL",
  ...LABELLED,
] as const;

/** The name of such a file. */
export type Fuzzed = typeof FUZZED[number];

const jsonFile = fc.oneof(byteDamage, jsonDamage);
const utf8 = (text: string) => new TextEncoder().encode(text);

/** Makes a target ready. */
export async function targetOf(name: Fuzzed): Promise<FuzzTarget> {
  switch (name) {
    case "config.json":
      return await taggerTarget(name);
    case "tokenizer.json":
      return await taggerTarget(name);
    case "tokenizer_config.json":
      return await taggerTarget(name, { file: tokenizerConfig });
    case "tokenizer.json (Unigram)":
      return await taggerTarget("tokenizer.json", { tokenizer: "tokenizer_unigram.json" });
    case "tokenizer.json (BPE)":
      return await taggerTarget("tokenizer.json", { tokenizer: "tokenizer_bpe.json" });
    case "model.safetensors.index.json":
      return await indexTarget();
    case "model.safetensors":
      return weightsTarget();
    case "model.safetensors (int8)":
      return await int8Target();
    case "model.safetensors (int4)":
      return await int4Target();
    case "training_state.safetensors":
      return await stateTarget();
    case "CoNLL":
      return conllTarget();
    default:
      return await labelledTarget(name);
  }
}

const tokenizerConfig = utf8(JSON.stringify({
  tokenizer_class: "BertTokenizer",
  cls_token: "[CLS]",
  sep_token: { content: "[SEP]", lstrip: false, rstrip: false },
  unk_token: "[UNK]",
  pad_token: "[PAD]",
  mask_token: { __type: "AddedToken", content: "[MASK]", lstrip: true },
  model_max_length: 40,
  do_lower_case: true,
  added_tokens_decoder: { "0": { content: "[PAD]", special: true } },
}));

/** A file of a tagger's folder; the tagger is opened and tags a sentence. */
async function taggerTarget(
  name: string,
  { tokenizer, file }: { tokenizer?: string; file?: Uint8Array } = {},
): Promise<FuzzTarget> {
  const { files } = await stoppedRun(tokenizer);
  const tagger = { ...files, "model.safetensors": await unsealed(files) };
  const device = new CpuDevice();
  return {
    file: file ?? files[name],
    damage: jsonFile,
    open: (bytes) => tag(device, { ...tagger, [name]: bytes }),
  };
}

/** Weights as a stranger's: nothing in them says which tokenizer was beside them. */
async function unsealed(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const source = await openSafetensors(new MemoryStore(files), "model.safetensors");
  const store = new MemoryStore();
  const tensors = Array.from(source.tensors, ([name, { shape, dtype }]) => ({
    name,
    shape,
    dtype,
    bytes: () => source.read(name),
  }));
  await writeSafetensors(store, "f", { tensors, metadata: { format: "pt" } });
  return await readBytes(store, "f");
}

/** Opens a tagger and tags a sentence. */
async function tag(device: CpuDevice, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const sentence = ["Asha", "anaishi", "Tanga", "\u8a9e\u00e9", "."];
  try {
    const opened = await openTagger(device, new MemoryStore(files));
    try {
      const [{ tags, probabilities }] = await tagSentences(opened, [sentence]);
      assertEquals([tags.length, probabilities.length], [sentence.length, sentence.length]);
      assert(probabilities.every((each) => each >= 0 && each <= 1 + 1e-6), "no probabilities");
    } finally {
      opened.free();
    }
  } finally {
    assertEquals(device.memory.liveBytes, 0, "memory that was not given back");
  }
}

async function indexTarget(): Promise<FuzzTarget> {
  const store = new MemoryStore();
  const tensor = (name: string) => ({
    name,
    dtype: "F32" as const,
    shape: [2],
    bytes: () => new Uint8Array(8),
  });
  const shards = {
    "model-00001-of-00002.safetensors": ["a", "b"],
    "model-00002-of-00002.safetensors": ["c.d"],
  };
  for (const [shard, names] of Object.entries(shards)) {
    await writeSafetensors(store, shard, { tensors: names.map(tensor) });
  }
  const files = Object.fromEntries(await bytesIn(store));
  const weight_map = Object.fromEntries(
    Object.entries(shards).flatMap(([shard, names]) => names.map((name) => [name, shard])),
  );
  return {
    file: utf8(JSON.stringify({ metadata: { total_size: 24 }, weight_map })),
    damage: jsonFile,
    async open(bytes) {
      const source = await openCheckpoint(
        new MemoryStore({ ...files, "model.safetensors.index.json": bytes }),
        "",
      );
      for (const name of source.tensors.keys()) assertEquals((await source.read(name)).length, 8);
    },
  };
}

function weightsTarget(): FuzzTarget {
  return {
    file: goodWeights,
    damage: fc.oneof(byteDamage, jsonDamage.map(within(inHeader))),
    open: readWeights,
  };
}

/** A tagger in rows of int8; it is opened, and its weights are numbers. */
async function int8Target(): Promise<FuzzTarget> {
  const { files } = await stoppedRun();
  const device = new CpuDevice();
  const store = new MemoryStore(files);
  const config = await readConfig(store, "");
  const options = { dir: "", config, seed: 1, tagging: tokenClassification.of(config.id2label) };
  const { model } = await openModel(device, store, options);
  const saved = new MemoryStore();
  await saveModel(model, saved, { dir: "", tokenizer: new Map(), dtype: "INT8" });
  model.free();
  const { tensors } = await openSafetensors(saved, "model.safetensors");
  const vectors = [...tensors].flatMap(([name, { dtype }]) =>
    dtype === "F32" && !/_scale$/.test(name) ? [name] : []
  );
  return {
    file: await readBytes(saved, "model.safetensors"),
    damage: fc.oneof(byteDamage, bitDamage, jsonDamage.map(within(inHeader))),
    async open(bytes) {
      try {
        const { model } = await openModel(device, new MemoryStore({ "model.safetensors": bytes }), options);
        try {
          for (const { name } of model.parameters) {
            if (vectors.includes(name)) continue;
            const values = await model.parameters.read(name);
            assert(values.every(Number.isFinite), `${name} has numbers that are not finite`);
          }
        } finally {
          model.free();
        }
      } finally {
        assertEquals(device.memory.liveBytes, 0, "memory that was not given back");
      }
    },
  };
}

/** Matrices in groups of int4; they are read as numbers. */
async function int4Target(): Promise<FuzzTarget> {
  const store = new MemoryStore();
  const tensors = [];
  for (const name of ["table", "product"]) {
    const pieces = async function* () {
      yield await Float32Array.from({ length: 192 }, (_, i) => i % 16 - 8);
    };
    tensors.push(...await quantisedTensors(name, { dtype: "INT4", shape: [3, 64], pieces }));
  }
  await writeSafetensors(store, "model.safetensors", { tensors });
  return {
    file: await readBytes(store, "model.safetensors"),
    damage: fc.oneof(byteDamage, bitDamage, jsonDamage.map(within(inHeader))),
    async open(bytes) {
      const damaged = new MemoryStore({ "model.safetensors": bytes });
      const source = widened(await openSafetensors(damaged, "model.safetensors"));
      for (const [name, { dtype, shape }] of source.tensors) {
        const values = await source.read(name);
        if (dtype !== "F32") continue;
        assertEquals(values.length, 4 * shape.reduce((product, length) => product * length, 1));
        const isMatrix = name === "table" || name === "product";
        if (isMatrix) assert(new Float32Array(values.buffer).every(Number.isFinite), `${name} is not finite`);
      }
    },
  };
}

/** Damages the header of a safetensors file, whose length is then right again. */
function inHeader(damage: Damage): Damage {
  return (file) => {
    const end = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    const header = damage(file.slice(8, end));
    const whole = new Uint8Array([...buildFile(header), ...file.subarray(end)]);
    return whole;
  };
}

const STATE_KEY = "lacuna_training_state";

/** Damages the JSON inside of the metadata of a state. */
function inState(damage: Damage): Damage {
  return inHeader((header) => {
    const json = JSON.parse(new TextDecoder().decode(header));
    const state = new TextDecoder().decode(damage(utf8(json.__metadata__[STATE_KEY])));
    return utf8(JSON.stringify({ ...json, __metadata__: { ...json.__metadata__, [STATE_KEY]: state } }));
  });
}

/** The state of a run that has two steps to go; it is resumed and goes to its end. */
async function stateTarget(): Promise<FuzzTarget> {
  const { files, input } = await stoppedRun();
  const state = "training_state.safetensors";
  const device = new CpuDevice();
  return {
    file: files[state],
    damage: fc.oneof(
      byteDamage,
      bitDamage,
      jsonDamage.map(within(inHeader)),
      jsonDamage.map(within(inState)),
    ),
    async open(bytes) {
      const store = new MemoryStore({ ...files, [state]: bytes });
      try {
        await train({ ...input, device, out: { store, dir: "" }, resume: true });
      } finally {
        assertEquals(device.memory.liveBytes, 0, "memory that was not given back");
      }
    },
  };
}

function conllTarget(): FuzzTarget {
  const tags = tagSet(parseConll(learntConll).sentences);
  return {
    file: utf8(`-DOCSTART- -X- O\n\n# a comment\n${learntConll}`.replaceAll("\nJuma", "\n\nJuma")),
    damage: byteDamage,
    async open(bytes) {
      const text = await readText(new MemoryStore({ "a.conll": bytes }), "a.conll");
      const { sentences } = parseConll(text, { file: "a.conll" });
      tagSet(sentences, { file: "a.conll" });
      for (const sentence of sentences) tagIndexes(tags, sentence, { file: "a.conll" });
      // What was read can be written and read again, unless a word begins with a byte order mark.
      if (sentences.some(({ words }) => words.some((word) => word.startsWith("\ufeff")))) return;
      assertEquals(parseConll(formatConll(sentences), { scheme: "IOB2" }).sentences, sentences);
    },
  };
}

/** The good file of a reader. */
async function goodFile(name: typeof LABELLED[number]): Promise<Uint8Array> {
  if (name in LAYOUTS) return utf8(LAYOUTS[name].text);
  if (name in EXPORTS) return utf8(EXPORTS[name].text);
  if (name === "GLiNER") {
    return utf8(JSON.stringify([{ tokenized_text: ["Amina", "Juma", "leo"], ner: [[0, 1, "PER"]] }]));
  }
  if (name === "brat") {
    return utf8("T1\tPER 0 4\tAsha\nT2\tLOC 13 18;19 21\tTanga ni\nR1\tx Arg1:T1 Arg2:T2\n");
  }
  if (name === "zip") {
    const file = utf8(EXPORTS.doccano.text);
    return zipOf("admin.jsonl", await through(file, new CompressionStream("deflate-raw")), file.length);
  }
  const file = await Deno.readFile(new URL(`../golden/readers/${name}`, import.meta.url));
  return name === "sw.spacy" ? await through(file, new DecompressionStream("deflate")) : file;
}

/** What comes out of a stream. */
async function through(
  bytes: Uint8Array,
  stream: TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array> {
  return await new Response(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream))
    .bytes();
}

/** A labelled file of any format: it is read in the format that it shows. */
async function labelledTarget(name: typeof LABELLED[number]): Promise<FuzzTarget> {
  const read = name === "brat"
    ? (bytes: Uint8Array) =>
      readBrat(new Map([["a.ann", bytes], ["a.txt", utf8("Asha anaishi Tanga. Ni mji.")]]), { file: "a" })
    // Damage to what is packed shows at once; that to what is inside has to be found.
    : async (bytes: Uint8Array) =>
      await readLabelled(
        name === "sw.spacy" ? await through(bytes, new CompressionStream("deflate")) : bytes,
        {
          file: "a.file",
          ...name === "sw.spacy" && { format: "docbin" },
        },
      );
  const isJson = name in EXPORTS || name === "GLiNER";
  return {
    file: await goodFile(name),
    damage: isJson ? jsonFile : byteDamage,
    async open(bytes) {
      const { sentences, documents, reading, placeOf } = await read(bytes);
      assertEquals([sentences.length, documents.length], [reading.sentences, reading.sentences]);
      for (const [i, { words, tags }] of sentences.entries()) {
        assert(words.length > 0 && words.length === tags.length, "words without tags");
        assert(tags.every((tag) => parseTag(tag) !== undefined), `tags that are not IOB2: ${tags}`);
        assert(placeOf(i, words.length - 1).startsWith("a"), "a place elsewhere");
      }
    },
  };
}
