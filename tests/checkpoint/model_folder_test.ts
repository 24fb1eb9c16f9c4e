import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  CARD,
  checkReplaceable,
  type ModelToSave,
  saveFolder,
  sealOf,
} from "../../src/checkpoint/model_folder.ts";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError } from "../../src/errors.ts";
import { hashBytes } from "../../src/hash.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readBytes, readText, removePartialFiles, type Store } from "../../src/store/store.ts";
import { failEachOperation } from "../store/hooked_store.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";

const utf8 = new TextEncoder();
const device = new CpuDevice();

/**
 * The tiny tagger, with other words for some of its texts in config.json and tokenizer.json, and scaled
 * weights.
 */
async function tagger(
  { replace = {}, scale = 1, tokenizerConfig, card }: {
    replace?: Record<string, string>;
    scale?: number;
    tokenizerConfig?: string;
    card?: string;
  },
): Promise<ModelToSave> {
  const store = await tinyTaggerStore();
  const source = await openSafetensors(store, "model.safetensors");
  const changed = (text: string) =>
    Object.entries(replace).reduce((text, [from, to]) => text.replaceAll(from, to), text);
  const part = async (name: string) => utf8.encode(changed(await readText(store, name)));
  return {
    parts: new Map([
      ["config.json", await part("config.json")],
      ["tokenizer.json", await part("tokenizer.json")],
      ...tokenizerConfig ? [["tokenizer_config.json", utf8.encode(tokenizerConfig)] as const] : [],
      ...card ? [[CARD, utf8.encode(card)] as const] : [],
    ]),
    labels: sealOf(source)!.labels!.map(changed),
    tensors: Array.from(source.tensors, ([name, { shape }]) => ({
      name,
      dtype: "F32" as const,
      shape,
      bytes: async () => {
        const values = new Float32Array((await source.read(name)).buffer).map((value) => scale * value);
        return new Uint8Array(values.buffer);
      },
    })),
  };
}

const people = await tagger({ tokenizerConfig: '{"mask_token": "[MASK]"}', card: "F1 70" });
const plants = await tagger({
  replace: { PER: "PLANT", '"asha"': '"ashoka"' },
  scale: 0.5,
});
const stronger = await tagger({ tokenizerConfig: '{"mask_token": "[MASK]"}', scale: 2, card: "F1 80" });

async function stored(model?: ModelToSave): Promise<MemoryStore> {
  const store = new MemoryStore();
  if (model) await saveFolder(store, "", model);
  return store;
}

/** The hashes of all files. */
async function filesIn(store: Store): Promise<[path: string, hash: string][]> {
  const paths = await store.list("");
  return await Promise.all(paths.map(async (path) => [path, hashBytes(await readBytes(store, path))]));
}

/**
 * What the model of a folder makes of a sentence, which tells labels, tokenizers and weights apart; none
 * without one.
 */
async function readingOf(store: Store): Promise<string> {
  if (!await store.exists("model.safetensors")) {
    assertEquals((await store.list("")).filter((path) => !/\.(pending|partial)$/.test(path)), []);
    return "none";
  }
  const opened = await openTagger(device, store);
  const [{ tags, probabilities }] = await tagSentences(opened, [["Asha", "leo", "Tanga"]]);
  opened.free();
  return JSON.stringify([opened.labels, tags, [...probabilities]]);
}

/**
 * Readers that know of no seal may find no mixture, and where the failure did not last `all` that belongs
 * together.
 */
async function checkPlaces(store: Store, { all }: { all: boolean }): Promise<void> {
  if (!await store.exists("model.safetensors")) return;
  const { parts } = sealOf(await openSafetensors(store, "model.safetensors"))!;
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", CARD] as const) {
    if (await store.exists(name)) assertEquals(hashBytes(await readBytes(store, name)), parts.get(name));
    else assert(!all || !parts.has(name), name);
  }
}

const changes: [what: string, from: ModelToSave | undefined, to: ModelToSave][] = [
  ["the first model", undefined, people],
  ["a model with other tags, another vocabulary and no tokenizer_config.json", people, plants],
  ["a model with a tokenizer_config.json", plants, people],
  ["the next weights", people, stronger],
];

for (const [what, from, to] of changes) {
  for (const persistent of [false, true]) {
    const fault = persistent ? "a kill before any operation of the store" : "whichever operation fails";
    Deno.test(`${fault} leaves the whole old model or ${what}, and the next save tidies up`, async () => {
      const [before, after] = [await readingOf(await stored(from)), await readingOf(await stored(to))];
      const saved = await filesIn(await stored(to));
      const found = new Set<string>();
      const faults = await failEachOperation(
        { makeStore: () => stored(from), persistent, reading: true },
        (store) => saveFolder(store, "", to),
        async (store) => {
          const reading = await readingOf(store);
          assert(reading === before || reading === after, reading);
          found.add(reading);
          await checkPlaces(store, { all: !persistent });
          await checkReplaceable(store, "");
          await saveFolder(store, "", to);
          await removePartialFiles(store, "");
          assertEquals(await filesIn(store), saved);
        },
      );
      assert(faults > 15, `${faults} faults`);
      assertEquals(found, new Set([before, after]));
    });
  }
}

Deno.test("the models of these tests are told apart by their vocabulary, and otherwise by tags and weights", async () => {
  const other = await tagger({
    replace: { '"asha"': '"ashoka"' },
    tokenizerConfig: '{"mask_token": "[MASK]"}',
  });
  const readings = await Promise.all(
    [people, plants, stronger, other].map(async (m) => readingOf(await stored(m))),
  );
  assertEquals(new Set(readings).size, 4);
  const mixed = await stored(plants);
  for (const name of ["config.json", "tokenizer.json"] as const) {
    const sink = await mixed.write(name);
    await sink.write(people.parts.get(name)!);
    await sink.close();
    await assertRejects(() => readingOf(mixed), CheckpointError);
  }
});

async function put(store: Store, path: string, text: string): Promise<void> {
  const sink = await store.write(path);
  await sink.write(utf8.encode(text));
  await sink.close();
}

Deno.test("a saved model is refused with other tags or another tokenizer than its own, and opens with other changes", async () => {
  const texts = async (store: Store) => await readText(store, "config.json");
  const swapped = await stored(people);
  await put(swapped, "config.json", (await texts(swapped)).replaceAll("PER", "PLANT"));
  await assertRejects(
    () => openTagger(device, swapped),
    CheckpointError,
    'config.json: expected the tags with which model.safetensors was saved, ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"], ' +
      'found ["O", "B-LOC", "I-LOC", "B-PLANT", "I-PLANT"]; put the config.json back that was saved with it',
  );
  const spoken = await stored(people);
  await put(
    spoken,
    "tokenizer.json",
    (await readText(spoken, "tokenizer.json")).replace('"asha"', '"ashoka"'),
  );
  await assertRejects(
    () => openTagger(device, spoken),
    CheckpointError,
    "tokenizer.json: expected the tokenizer with which model.safetensors beside it was saved, found another one; " +
      "put the tokenizer.json back that was saved with it",
  );
  const edited = await stored(people);
  await put(edited, "config.json", (await texts(edited)).replace("{", '{"_name_or_path": "mine",'));
  await put(edited, "tokenizer_config.json", '{"mask_token": "[MASK]", "model_max_length": 40}');
  assertEquals(await readingOf(edited), await readingOf(await stored(people)));
});

Deno.test("a seal that cannot be understood is none: the model opens as one of another program", async () => {
  const { metadata } = await openSafetensors(await stored(people), "model.safetensors");
  const source = (seal: string | undefined) => ({
    metadata: seal === undefined ? undefined : { lacuna_model: seal },
  });
  const good = metadata!.lacuna_model;
  assertNotEquals(sealOf(source(good) as never), undefined);
  const bad = [
    "",
    "null",
    "[]",
    good.slice(1),
    good.replace(":1,", ":2,"),
    good.replace("O", "\\u0000").replace("[", "{"),
  ];
  const strange = [good.replace("config.json", "../config"), good.replace(/[0-9a-f]{16}/, "../../../x")];
  for (const seal of [undefined, ...bad, ...strange]) {
    assertEquals(sealOf(source(seal) as never), undefined, seal);
  }
});

Deno.test("a card is saved with its model, and yields to one that a person wrote or changed", async () => {
  const store = await stored(people);
  assertEquals(await readText(store, CARD), "F1 70");
  await saveFolder(store, "", stronger);
  assertEquals(await readText(store, CARD), "F1 80");
  await put(store, CARD, "mine");
  await saveFolder(store, "", people);
  await saveFolder(store, "", stronger);
  assertEquals(await readText(store, CARD), "mine");
  assertEquals((await store.list("")).filter((path) => path.endsWith(".pending")), []);
  await store.remove(CARD);
  await saveFolder(store, "", people);
  assertEquals(await readText(store, CARD), "F1 70");
  await saveFolder(store, "", plants);
  assertEquals(await store.exists(CARD), false);
});

Deno.test("no file is replaced that Lacuna did not save or that was changed since, and nothing is written", async () => {
  const changed = "one that was changed since, which would be lost; move it away, or save to another folder";
  const strange =
    "one that Lacuna did not save, which would be lost; move it away, or save to another folder";
  const cases: [from: ModelToSave | undefined, files: Record<string, string>, found: string][] = [
    [
      people,
      { "config.json": "{}" },
      `config.json: expected no such file, or one as Lacuna saved it here, found ${changed}`,
    ],
    [people, { "tokenizer_config.json": "{}" }, `found ${changed}`],
    [plants, { "tokenizer_config.json": "{}" }, `tokenizer_config.json: expected no such file, or`],
    [undefined, { "config.json": "{}" }, `found ${strange}`],
    [undefined, { "tokenizer.json": "{}" }, `found ${strange}`],
    [
      undefined,
      { "model.safetensors": "x" },
      "found one of another program or of an older version, which would be lost",
    ],
  ];
  for (const [from, files, found] of cases) {
    const store = await stored(from);
    for (const [name, text] of Object.entries(files)) await put(store, name, text);
    const before = await filesIn(store);
    await assertRejects(() => checkReplaceable(store, ""), CheckpointError, found);
    await assertRejects(() => saveFolder(store, "", stronger), CheckpointError, found);
    assertEquals(await filesIn(store), before);
  }
});
