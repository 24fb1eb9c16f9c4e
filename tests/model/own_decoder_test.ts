import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { openSafetensors, type TensorToWrite, writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError } from "../../src/errors.ts";
import { pieceLogits } from "../../src/inference/piece_logits.ts";
import { readConfig } from "../../src/model/config.ts";
import { openModel } from "../../src/model/open.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readBytes, type Store, writeText } from "../../src/store/store.ts";
import { testOnDevices } from "../devices.ts";
import { syntheticSentences } from "../fixtures.ts";
import { tinyMaskedLmStore } from "../tiny_masked_lm.ts";

const WORDS = "bert.embeddings.word_embeddings.weight";
const DECODER = "cls.predictions.decoder";

/** The tiny masked-LM checkpoint with a decoder in the file, whose first value is other by `change`. */
async function withDecoder({ tied, change }: { tied: boolean; change: number }): Promise<MemoryStore> {
  const from = await tinyMaskedLmStore();
  const source = await openSafetensors(from, "model.safetensors");
  const copy = (name: string, of: string): TensorToWrite => ({
    name,
    dtype: "F32",
    shape: source.tensors.get(of)!.shape,
    bytes: async () => {
      const bytes = (await source.read(of)).slice();
      if (name === `${DECODER}.weight`) new Float32Array(bytes.buffer)[0] += change;
      return bytes;
    },
  });
  const bias = "cls.predictions.bias";
  const names = [...source.tensors.keys()].filter((name) => name !== bias);
  const store = new MemoryStore({ "tokenizer.json": await readBytes(from, "tokenizer.json") });
  await writeSafetensors(store, "model.safetensors", {
    tensors: [
      ...names.map((name) => copy(name, name)),
      copy(`${DECODER}.weight`, WORDS),
      copy(tied ? bias : `${DECODER}.bias`, bias),
    ],
  });
  const config = JSON.parse(new TextDecoder().decode(await readBytes(from, "config.json")));
  await writeText(store, "config.json", JSON.stringify({ ...config, tie_word_embeddings: tied }));
  return store;
}

async function logitsOf(store: Store, device = new CpuDevice()): Promise<Float32Array> {
  const config = await readConfig(store, "");
  const { model, fresh } = await openModel(device, store, { dir: "", config, seed: 1, maskedLm: true });
  assertEquals(fresh, []);
  const [logits] = await pieceLogits(model, [{ ids: [2, 9, 4, 7, 3], rows: [2] }]);
  model.free();
  return logits;
}

Deno.test("a decoder of its own is used where config.json does not tie it, and a copy where it does", async () => {
  const expected = await logitsOf(await tinyMaskedLmStore());
  assertEquals(await logitsOf(await withDecoder({ tied: true, change: 0 })), expected);
  assertEquals(await logitsOf(await withDecoder({ tied: false, change: 0 })), expected);
  assertNotEquals(await logitsOf(await withDecoder({ tied: false, change: 1 })), expected);
});

Deno.test("a decoder of its own is refused where config.json ties it", async () => {
  const store = await withDecoder({ tied: true, change: 1 });
  await assertRejects(
    () => logitsOf(store),
    CheckpointError,
    'model.safetensors: tensor "cls.predictions.decoder.weight": expected the values of the word embeddings, to which ' +
      "config.json ties it, found others; set tie_word_embeddings to false in config.json, and it is used",
  );
});

testOnDevices(
  "a decoder that is not tied learns in pretraining, beside the word embeddings, and is saved",
  async (device) => {
    const out = new MemoryStore();
    const start = await withDecoder({ tied: false, change: 0 });
    const text = syntheticSentences(8, 9).map(({ words }) => `${words.join(" ")}\n`).join("");
    await pretrain({
      device,
      start: { store: start, dir: "" },
      out: { store: out, dir: "" },
      text: [{ store: new MemoryStore({ "raw.txt": text }), path: "raw.txt" }],
      settings: {
        maxSteps: 2,
        batchTokens: 120,
        learningRate: 1e-2,
        maxLength: 38,
        warmup: 0,
        boundaryObjective: true,
      },
    });
    const [before, after] = [
      await openSafetensors(start, "model.safetensors"),
      await openSafetensors(out, "model.safetensors"),
    ];
    for (const name of [WORDS, `${DECODER}.weight`, `${DECODER}.bias`]) {
      assertNotEquals(await after.read(name), await before.read(name), name);
    }
    assertNotEquals(await after.read(WORDS), await after.read(`${DECODER}.weight`));
    assert(!after.tensors.has("cls.predictions.bias"));
    assertEquals((await readConfig(out, "")).tieWordEmbeddings, false);
  },
);
