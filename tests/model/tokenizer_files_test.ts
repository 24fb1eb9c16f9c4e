import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../src/errors.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { readConfig } from "../../src/model/config.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { Store } from "../../src/store/store.ts";
import { tinyConfig } from "../fixtures.ts";
import { tinyJson } from "../text/golden_tokenizers.ts";

/** The files that are saved with a model of this tokenizer, as texts. */
async function savedFiles(store: Store): Promise<Record<string, string>> {
  const { files } = await openTokenizer(store, { dir: "", config: await readConfig(store, "") });
  return Object.fromEntries(Array.from(files, ([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
}

function storeOf(tokenizer: unknown, tokenizerConfig?: unknown): MemoryStore {
  return new MemoryStore({
    "config.json": JSON.stringify({ ...tinyConfig, vocab_size: 500 }),
    "tokenizer.json": JSON.stringify(tokenizer),
    ...tokenizerConfig !== undefined && { "tokenizer_config.json": JSON.stringify(tokenizerConfig) },
  });
}

Deno.test("tokenizer_config.json is written with the class that keeps tokenizer.json, whatever was there", async () => {
  const theirs = { tokenizer_class: "BertTokenizer", do_lower_case: true, pad_token: "[PAD]", sp: [1] };
  for (const tokenizerConfig of [undefined, theirs]) {
    const files = await savedFiles(storeOf(tinyJson("wordpiece"), tokenizerConfig));
    assertEquals(JSON.parse(files["tokenizer_config.json"]), {
      tokenizer_class: "PreTrainedTokenizerFast",
      model_input_names: ["input_ids", "attention_mask"],
      cls_token: "[CLS]",
      sep_token: "[SEP]",
      unk_token: "[UNK]",
      pad_token: "[PAD]",
      mask_token: "[MASK]",
      model_max_length: 40,
    });
    assertEquals(files["tokenizer.json"], JSON.stringify(tinyJson("wordpiece")));
  }
});

Deno.test("tokenizer.json is written as it is used: with the space, the special tokens and what stands around", async () => {
  const json = tinyJson("bpe");
  json.pre_tokenizer = { ...json.pre_tokenizer as object, add_prefix_space: false };
  const tokens = json.added_tokens as { id: number; content: string }[];
  const files = await savedFiles(
    storeOf({ ...json, added_tokens: tokens.slice(0, 3), post_processor: null }),
  );
  const saved = JSON.parse(files["tokenizer.json"]);
  assertEquals(saved.pre_tokenizer.add_prefix_space, true);
  assertEquals(
    new Set(saved.added_tokens.map(({ id, content }: { id: number; content: string }) => `${id} ${content}`)),
    new Set(tokens.map(({ id, content }) => `${id} ${content}`)),
  );
  assertEquals(saved.post_processor.single, [
    { SpecialToken: { id: "<s>", type_id: 0 } },
    { Sequence: { id: "A", type_id: 0 } },
    { SpecialToken: { id: "</s>", type_id: 0 } },
  ]);
  // What was saved is saved alike.
  assertEquals(await savedFiles(storeOf(saved, JSON.parse(files["tokenizer_config.json"]))), {
    ...files,
    "tokenizer.json": JSON.stringify(saved),
  });
});

for (const folder of ["weights", "weights/scratch"]) {
  Deno.test(`the tokenizer in ${folder} is saved byte for byte, so transformers reads it as it is`, async () => {
    const store = new DenoStore(new URL(`../../${folder}`, import.meta.url).pathname);
    for (const [name, text] of Object.entries(await savedFiles(store))) {
      assertEquals(text, await Deno.readTextFile(new URL(`../../${folder}/${name}`, import.meta.url)), name);
    }
  });
}

Deno.test("a tokenizer in another format is named with the line of Python that converts it", async () => {
  const config = JSON.stringify(tinyConfig);
  const cases: [Record<string, string>, string][] = [
    [
      { "m/vocab.txt": "a" },
      "m/tokenizer.json: expected the tokenizer of the model, found vocab.txt in its place; in Python " +
      'transformers.AutoTokenizer.from_pretrained("m/").save_pretrained("m/") converts it',
    ],
    [
      {},
      "m/tokenizer.json: expected the tokenizer of the model, found no such file; " +
      "copy the tokenizer.json of the checkpoint there",
    ],
  ];
  for (const [files, message] of cases) {
    const store = new MemoryStore({ "m/config.json": config, ...files });
    const read = await readConfig(store, "m");
    const error = await assertRejects(
      () => openTokenizer(store, { dir: "m", config: read }),
      CheckpointError,
    );
    assertEquals(error.message, message);
  }
});
