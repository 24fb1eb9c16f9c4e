import { assert, assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError } from "../../src/errors.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { pieceLogits } from "../../src/inference/piece_logits.ts";
import { readConfig } from "../../src/model/config.ts";
import { openModel } from "../../src/model/open.ts";
import { trimModel } from "../../src/model/trim.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { type Store, writeText } from "../../src/store/store.ts";
import { sentences } from "../fixtures.ts";
import { tinyMaskedLmStore } from "../tiny_masked_lm.ts";
import { learntConll, tinyTaggerStore } from "../tiny_tagger.ts";

const learnt = sentences(learntConll).map(({ words }) => words);
const words = new Map(learnt.flat().map((word) => [word, 1]));

Deno.test("a tagger that was cut to the pieces of a text gives it the same tags with the same scores", async () => {
  const store = await tinyTaggerStore();
  const out = new MemoryStore();
  const { before, after } = await trimModel({ store, dir: "" }, { store: out, dir: "" }, { words });
  assert(after.pieces < before.pieces);
  const columns = before.config.hiddenSize;
  // The model may have more rows than there are pieces.
  assertEquals(before.parameters - after.parameters, (before.config.vocabSize - after.pieces) * columns);
  const tagOf = async (store: Store) => await tagSentences(await openTagger(new CpuDevice(), store), learnt);
  assertEquals(await tagOf(out), await tagOf(store));
});

Deno.test("a masked language model that was cut has the same logits for the pieces that are left", async () => {
  const store = await tinyMaskedLmStore();
  const out = new MemoryStore();
  const { kept } = await trimModel({ store, dir: "" }, { store: out, dir: "" }, { words });
  const logitsOf = async (store: Store, ids: number[]) => {
    const config = await readConfig(store, "");
    const { model, fresh } = await openModel(new CpuDevice(), store, {
      dir: "",
      config,
      seed: 1,
      maskedLm: true,
    });
    assertEquals(fresh, []);
    return (await pieceLogits(model, [{ ids, rows: [1] }]))[0];
  };
  const ids = [2, 5, 4, 3];
  const whole = await logitsOf(store, ids.map((id) => kept[id]));
  assertEquals(await logitsOf(out, ids), Float32Array.from(kept, (old) => whole[old]));
});

Deno.test("a model whose positions would move is not cut", async () => {
  const from = await tinyTaggerStore();
  const store = new MemoryStore();
  for (const name of await from.list("")) {
    if (name === "config.json") continue;
    const sink = await store.write(name);
    await sink.write(await from.read(name, 0, await from.size(name)));
    await sink.close();
  }
  // Behind pieces that no word needs.
  const config = JSON.parse(
    new TextDecoder().decode(await from.read("config.json", 0, await from.size("config.json"))),
  );
  await writeText(
    store,
    "config.json",
    JSON.stringify({ ...config, model_type: "roberta", pad_token_id: 30, max_position_embeddings: 80 }),
  );
  await assertRejects(
    () => trimModel({ store, dir: "" }, { store: new MemoryStore(), dir: "" }, { words }),
    CheckpointError,
    "as positions are counted from its number",
  );
});
