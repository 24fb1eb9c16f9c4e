import { assert, assertEquals } from "@std/assert";
import { parseConll } from "../../src/data/conll.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { readConfig } from "../../src/model/config.ts";
import { maskingStrategy } from "../../src/masking/registry.ts";
import { openModel } from "../../src/model/open.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { readHeldOut, scoreHeldOut } from "../../src/pretraining/held_out.ts";
import { maskVocabulary } from "../../src/run/contribution.ts";
import { corpusOf } from "../pretraining/text.ts";

const root = new URL("../../", import.meta.url);
const store = new DenoStore(new URL("weights", root).pathname);

Deno.test("config, weights and tokenizer of the embedded model have at most 20 MB together", async () => {
  const files = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
  const sizes = await Promise.all(files.map((file) => store.size(file)));
  assert(sizes.reduce((sum, size) => sum + size) <= 20e6);
});

Deno.test("the embedded model names masked subwords of text that it has not seen, more often than the most frequent piece is right", async () => {
  const device = new CpuDevice();
  const config = await readConfig(store, "");
  const { tokenizer } = await openTokenizer(store, { dir: "", config });
  const { model, fresh } = await openModel(device, store, { dir: "", config, seed: 0, maskedLm: true });
  assertEquals(fresh, []);

  const file = "examples/corpus/dev.conll";
  const { sentences } = parseConll(await Deno.readTextFile(new URL(file, root)), { file });
  const heldOut = await readHeldOut(
    await corpusOf(sentences.map(({ words }) => words.join(" ")).join("\n\n")),
    {
      tokenizer,
      maxTokens: 128,
      strategy: maskingStrategy("token"),
      vocabulary: maskVocabulary(tokenizer),
      evaluationTokens: 65536,
    },
  );
  const { accuracy } = (await scoreHeldOut(model, heldOut))!;
  const { mostFrequent } = heldOut.summary;
  assert(
    accuracy > 1.5 * mostFrequent.accuracy,
    `${accuracy}, ${mostFrequent.piece} has ${mostFrequent.accuracy}`,
  );
  model.free();
  device.destroy();
});
