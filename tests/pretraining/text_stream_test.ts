import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { DataError } from "../../src/errors.ts";
import { type TextPosition, TextStream } from "../../src/pretraining/text_stream.ts";
import { corpusOf, letters, textOf } from "./text.ts";

const settings = { epochs: 2, maxSteps: 0, batchTokens: 20, accumulation: 2, shuffleTokens: 40, seed: 1 };

/**
 * Three files of lines that are all different, blank lines between them; the first is longer than a segment.
 */
const words = [0, 1, 2].map((file) =>
  Array.from({ length: file === 0 ? 12_000 : 40 }, (_, i) => {
    const number = String(i).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)]);
    return `${"xyz"[file]}${number}`;
  })
);
const corpus = await corpusOf(...words.map((lines) => lines.map((line) => `${line}\n\n`).join("")));

async function stepsOf(stream: TextStream, count = Infinity) {
  const steps: { epoch: number; texts: string[]; position: TextPosition; bytes: number }[] = [];
  while (steps.length < count && await stream.hasNext()) {
    const { epoch, microBatches } = stream.take();
    const texts = microBatches.flat().map(({ encoded, address }) => `${textOf(encoded)} ${address}`);
    steps.push({ epoch, texts, position: stream.position, bytes: stream.bytesDone });
  }
  return steps;
}

function open(given: Partial<typeof settings> = {}, position?: TextPosition): TextStream {
  return new TextStream(corpus, {
    tokenizer: letters,
    maxTokens: 16,
    settings: { ...settings, ...given },
    position,
  });
}

function linesOf(steps: readonly { texts: readonly string[] }[]): string[] {
  return steps.flatMap(({ texts }) => texts.map((text) => text.split(" ")[0]));
}

Deno.test("a stream with room for a few lines meets every line once an epoch, in another order in each", async () => {
  const steps = await stepsOf(open());
  const epochs = [0, 1].map((epoch) => linesOf(steps.filter((step) => step.epoch === epoch)));
  assertEquals(epochs[0].toSorted(), words.flat().toSorted());
  assertEquals(epochs[1].toSorted(), words.flat().toSorted());
  assertNotEquals(epochs[0], epochs[1]);
  assertEquals(steps.at(-1)!.epoch, 1);
});

Deno.test("no two sequences of a run have the same address, so that every epoch masks the same text otherwise", async () => {
  const texts = (await stepsOf(open())).flatMap(({ texts }) => texts);
  const addresses = texts.map((text) => text.split(" ").at(-1));
  assertEquals(new Set(addresses).size, texts.length);
});

Deno.test("a stream that goes on from any position gives the steps of one that never stopped", async () => {
  const whole = await stepsOf(open({}), 2400);
  for (const done of [0, 1, 2, 3, 5, 8, 700, 1601, 2397]) {
    const position = done === 0 ? undefined : JSON.parse(JSON.stringify(whole[done - 1].position));
    assertEquals(await stepsOf(open({}, position), 3), whole.slice(done, done + 3), `after ${done}`);
  }
});

Deno.test("a run of so many steps goes through the text as often as it takes", async () => {
  const epoch = (await stepsOf(open({ epochs: 1 }))).length;
  // Epochs differ by a few steps: their sequences fill batches in another order.
  const steps = await stepsOf(open({ epochs: 1, maxSteps: 1 }), 2 * epoch + 100);
  assertEquals([steps.length, steps.at(-1)!.epoch], [2 * epoch + 100, 2]);
});

Deno.test("bytes of text count up from step to step to all of it, epoch after epoch", async () => {
  const bytes = (await stepsOf(open())).map(({ bytes }) => bytes);
  assert(bytes.every((value, i) => i === 0 || value > bytes[i - 1]));
  // What is left at the end is the blank line behind the last line of each segment.
  assert(bytes.at(-1)! <= 2 * corpus.bytes && bytes.at(-1)! > 2 * corpus.bytes - 20, `${bytes.at(-1)}`);
});

Deno.test("another seed gives another order, and a larger pool mixes more", async () => {
  const [a] = await stepsOf(open(), 1);
  const [b] = await stepsOf(open({ seed: 2 }), 1);
  const [c] = await stepsOf(open({ shuffleTokens: 1_000_000 }), 1);
  assertNotEquals(a.texts, b.texts);
  assertNotEquals(a.texts, c.texts);
});

Deno.test("every epoch reads the stretches of the text in an order of its own, and shuffles each in its own way", async () => {
  const orders = async (text: typeof corpus, keyOf: (line: string) => string) => {
    const options = {
      tokenizer: letters,
      maxTokens: 16,
      settings: { ...settings, epochs: 6, shuffleTokens: 1 },
    };
    const steps = await stepsOf(new TextStream(text, options));
    const keys = Array.from(
      { length: 6 },
      (_, epoch) => linesOf(steps.filter((step) => step.epoch === epoch)).map(keyOf),
    );
    return new Set(keys.map((each) => each.filter((key, i) => key !== each[i - 1]).join(" "))).size;
  };
  // Small files are a stretch each; what is in one pool has an order of its own too.
  const small = ["a b", "c d", "e f", "g h"];
  assert(await orders(await corpusOf(...small.map((line) => `${line}\n\n`)), (line) => line[0]) > 1);
  const one = Array.from("abcdefghijklmnop", (letter) => `${letter}\n\n`).join("");
  assert(await orders(await corpusOf(one), (line) => line) > 1);
});

Deno.test("text without a word ends in a sentence, not in a search without end", async () => {
  const blank = await corpusOf("\u0001\u0002\n");
  const stream = new TextStream(blank, {
    tokenizer: letters,
    maxTokens: 16,
    settings: { ...settings, maxSteps: 3 },
  });
  await assertRejects(
    () => stream.hasNext(),
    DataError,
    "Expected words in the 3 bytes of text but found none: check the files",
  );
});
