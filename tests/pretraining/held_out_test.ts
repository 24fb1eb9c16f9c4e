import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { parseConfig } from "../../src/model/config.ts";
import { DataError } from "../../src/errors.ts";
import { maskingStrategy } from "../../src/masking/registry.ts";
import { Model } from "../../src/model/model.ts";
import { initialise } from "../../src/nn/initialise.ts";
import { type Corpus } from "../../src/pretraining/corpus.ts";
import { readHeldOut, scoreHeldOut } from "../../src/pretraining/held_out.ts";
import { maskVocabulary } from "../../src/run/contribution.ts";
import { testOnDevices } from "../devices.ts";
import { tinyConfig } from "../fixtures.ts";
import { corpusOf, letters } from "./text.ts";

const text = "ab cd ef gh ij\nkl mn op qr st\n\n".repeat(40);

function read(corpus: Corpus, given: { evaluationTokens?: number; masking?: string } = {}) {
  const { evaluationTokens = 10_000, masking = "word" } = given;
  return readHeldOut(corpus, {
    tokenizer: letters,
    maxTokens: 40,
    strategy: maskingStrategy(masking),
    vocabulary: maskVocabulary(letters),
    evaluationTokens,
  });
}

Deno.test("sample and masks of held-out text are the same every time it is read", async () => {
  const heldOut = await read(await corpusOf(text), { evaluationTokens: 200 });
  assertEquals(await read(await corpusOf(text), { evaluationTokens: 200 }), heldOut);
  const { tokens, masked } = heldOut.summary;
  assert(tokens <= 200 && tokens > 150, `${tokens}`);
  assertEquals(masked, heldOut.sequences.flatMap(({ mlmRows }) => mlmRows).length);
});

Deno.test("the most frequent piece is the best that naming one piece can do, and chance counts all pieces", async () => {
  const { sequences, summary: { mostFrequent, chance, masked } } = await read(
    await corpusOf("a b a c a d a e a f a g\n".repeat(99)),
  );
  const right = sequences.flatMap(({ mlmTargets }) => mlmTargets).filter((id) => id === 3).length;
  assertEquals(mostFrequent, { piece: "a", accuracy: right / masked });
  assertAlmostEquals(mostFrequent.accuracy, 0.5, 0.1);
  assertEquals(chance, 1 / 30);
});

Deno.test("held-out text in which nothing can be masked, or that is too much to be read, is refused", async () => {
  await assertRejects(
    async () => await read(await corpusOf("a\n")),
    DataError,
    "Expected held-out text in which words can be masked, but it has too few: give more",
  );
  await assertRejects(
    async () => await read({ ...await corpusOf(text), bytes: 2 ** 29 }),
    DataError,
    "Expected at most 268435456 bytes of held-out text, since all of it is read to draw a sample, but found 536870912",
  );
});

testOnDevices(
  "a model of zeros has the loss of chance, and one with a bias names the piece of the bias",
  async (device) => {
    const config = parseConfig({ ...tinyConfig, vocab_size: letters.vocabSize }, "config.json");
    const model = new Model(device, config, { maskedLm: true });
    const heldOut = await read(await corpusOf(text));
    const bias = new Float32Array(letters.vocabSize);
    assertAlmostEquals((await scoreHeldOut(model, heldOut))!.loss, Math.log(letters.vocabSize), 1e-5);
    bias[5] = 3;
    model.parameters.write("cls.predictions.bias", bias);
    const { accuracy, loss } = (await scoreHeldOut(model, heldOut))!;
    const share = heldOut.sequences.flatMap(({ mlmTargets }) => mlmTargets).filter((id) => id === 5).length /
      heldOut.summary.masked;
    assertEquals(accuracy, share);
    assertAlmostEquals(loss, Math.log(letters.vocabSize - 1 + Math.E ** 3) - 3 * share, 1e-5);
    model.free();
  },
);

testOnDevices("scores are the same at every look, and an abort ends a look", async (device) => {
  const config = parseConfig({ ...tinyConfig, vocab_size: letters.vocabSize }, "config.json");
  const model = new Model(device, config, { maskedLm: true });
  await initialise(model.parameters, model.specs, { seed: 1, range: 0.1 });
  const heldOut = await read(await corpusOf(text));
  assertEquals(await scoreHeldOut(model, heldOut), await scoreHeldOut(model, heldOut));
  const signal = AbortSignal.abort();
  const reason = await scoreHeldOut(model, heldOut, { signal }).catch((error) => error);
  assertEquals(reason, signal.reason);
  model.free();
});
