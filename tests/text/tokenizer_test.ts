import { assert, assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { parseConll } from "../../src/data/conll.ts";
import { CheckpointError } from "../../src/errors.ts";
import { checkVocabulary, loadTokenizer, type Tokenizer } from "../../src/text/tokenizer.ts";
import { usedTokenizer } from "../../src/text/used_tokenizer.ts";
import { golden, sharedFolder, tinyJson, tinyTokenizer } from "./golden_tokenizers.ts";
import { gemmaJson, gptJson } from "./spaced_tokenizers.ts";

const expected = golden("tokenizer_ids.json") as Record<string, number[][]>;
const words = golden("tokenizer_ids.json").words as string[];
const files = golden("tokenizer_ids.json").files as Record<
  string,
  { sentences: number; ids: number; sha256: string }
>;
const e5 = sharedFolder("checkpoints/e5-small-trim");
const data = sharedFolder("data");

function assertGolden(tokenizer: Tokenizer, ids: number[][]) {
  for (const [i, word] of words.entries()) {
    assertEquals(tokenizer.encodeWord(word), ids[i], `the word ${JSON.stringify(word)}`);
  }
}

const loadE5 = () => {
  const read = (name: string) => JSON.parse(Deno.readTextFileSync(new URL(name, e5)));
  return loadTokenizer({
    tokenizerJson: read("tokenizer.json"),
    tokenizerConfig: read("tokenizer_config.json"),
  });
};

const kinds = ["wordpiece", "unigram", "bpe"] as const;

function piecesOf(tokenizerJson: unknown, word: string): string[] {
  const { encodeWord, idToToken } = loadTokenizer({ tokenizerJson });
  return encodeWord(word).map((id) => idToToken(id)!);
}

for (const kind of kinds) {
  Deno.test(`a tiny ${kind} tokenizer gives the ids of the Rust tokenizers on hard words`, () => {
    assertGolden(tinyTokenizer(kind), expected[kind]);
  });
}

Deno.test("a cased WordPiece tokenizer gives the ids of the Rust tokenizers on hard words", () => {
  const json = tinyJson("wordpiece");
  json.normalizer = { ...json.normalizer as object, lowercase: false };
  assertGolden(loadTokenizer({ tokenizerJson: json }), expected.wordpieceCased);
});

Deno.test({
  name:
    "e5-small-trim's tokenizer gives the ids of the Rust tokenizers on hard words (needs shared/checkpoints)",
  ignore: !e5,
  fn: () => assertGolden(loadE5(), expected["e5-small-trim"]),
});

Deno.test({
  name: "e5-small-trim's tokenizer gives the ids of the Rust tokenizers on every sentence of shared/data " +
    "(needs shared/checkpoints and shared/data)",
  ignore: !e5 || !data,
  fn: async () => {
    const tokenizer = loadE5();
    for (const [file, golden] of Object.entries(files)) {
      const sentences = wordsOf(await Deno.readTextFile(new URL(file, data)), file);
      const ids = sentences.flatMap((words) => [
        tokenizer.clsId,
        ...words.flatMap((word) => tokenizer.encodeWord(word)),
        tokenizer.sepId,
      ]);
      const bytes = new DataView(new ArrayBuffer(4 * ids.length));
      ids.forEach((id, i) => bytes.setUint32(4 * i, id, true));
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.buffer));
      const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
      assertEquals({ sentences: sentences.length, ids: ids.length, sha256 }, golden, file);
    }
  },
});

/**
 * The words of each sentence: CoNLL where words are labelled, else a sentence a line, split at spaces and
 * tabs.
 */
function wordsOf(text: string, file: string): (readonly string[])[] {
  if (file.startsWith("masakhaner2/")) return parseConll(text, { file }).sentences.map(({ words }) => words);
  return text.split("\n").map((line) => line.match(/[^ \t]+/g) ?? []).filter((words) => words.length > 0);
}

Deno.test("loadTokenizer() finds the special tokens under their usual names", () => {
  const { clsId, sepId, unkId, padId, maskId, vocabSize, specialIds } = tinyTokenizer("wordpiece");
  assertEquals({ clsId, sepId, unkId, padId, maskId }, { clsId: 2, sepId: 3, unkId: 1, padId: 0, maskId: 4 });
  assertEquals([vocabSize, [...specialIds].sort()], [300, [0, 1, 2, 3, 4]]);
  const unigram = tinyTokenizer("unigram");
  assertEquals([unigram.clsId, unigram.padId, unigram.sepId, unigram.unkId, unigram.maskId], [0, 1, 2, 3, 4]);
});

Deno.test("loadTokenizer() follows the names in tokenizer_config.json, strings or objects", () => {
  const json = JSON.parse(JSON.stringify(tinyJson("wordpiece")).replaceAll("[MASK]", "[GAP]"));
  assertEquals(loadTokenizer({ tokenizerJson: json }).maskId, undefined);
  for (const mask_token of ["[GAP]", { content: "[GAP]", lstrip: true }]) {
    assertEquals(loadTokenizer({ tokenizerJson: json, tokenizerConfig: { mask_token } }).maskId, 4);
  }
});

Deno.test("a byte-level tokenizer encodes a word as if a space stood before it", () => {
  const json = tinyJson("bpe");
  json.pre_tokenizer = { ...json.pre_tokenizer as object, add_prefix_space: false };
  const tokenizer = loadTokenizer({ tokenizerJson: json });
  assertEquals(tokenizer.encodeWord("Asha"), tinyTokenizer("bpe").encodeWord("Asha"));
  assert(tokenizer.idToToken(tokenizer.encodeWord("Asha")[0])?.startsWith("Ġ"));
});

Deno.test("so does one that splits before it looks at bytes, once a word, and one whose normaliser marks spaces", () => {
  const gpt = piecesOf(gptJson(), "ya1,");
  assertEquals(gpt, ["Ġya", "1", ","]);
  assertEquals(piecesOf(gemmaJson(), "nia"), ["▁ni", "a"]);
  // Behind a normaliser that could remove it.
  const strip = { type: "Strip", strip_left: true, strip_right: true };
  const normalizer = { type: "Sequence", normalizers: [strip, gemmaJson().normalizer] };
  assertEquals(piecesOf({ ...gemmaJson(), normalizer }, "nia"), ["▁ni", "a"]);
});

Deno.test("a Metaspace tokenizer that marks spaces between words only marks that before each word", () => {
  const json = tinyJson("unigram");
  const metaspace = { type: "Metaspace", replacement: "▁" };
  const kinds = [{ prepend_scheme: "never" }, { add_prefix_space: false }, { add_prefix_space: true }];
  for (const kind of kinds) {
    assertEquals(piecesOf({ ...json, pre_tokenizer: { ...metaspace, ...kind } }, "ab")[0][0], "▁");
  }
});

Deno.test("a tokenizer that says all this is used as it is", () => {
  for (const tokenizerJson of [...kinds.map(tinyJson), gptJson(), gemmaJson()]) {
    const once = usedTokenizer({ tokenizerJson }).json;
    assertEquals(usedTokenizer({ tokenizerJson: once }).json, once);
  }
  for (const tokenizerJson of kinds.map(tinyJson)) {
    assertStrictEquals(usedTokenizer({ tokenizerJson }).json, tokenizerJson);
  }
});

Deno.test("with NFC first a decomposed word has the ids of the composed one", () => {
  const { json: tokenizerJson } = usedTokenizer({ tokenizerJson: gemmaJson() }, { normalise: "nfc" });
  const { encodeWord } = loadTokenizer({ tokenizerJson });
  assertEquals(encodeWord("e\u0301"), encodeWord("\u00e9"));
  assertNotEquals(loadTokenizer({ tokenizerJson: gemmaJson() }).encodeWord("e\u0301"), encodeWord("\u00e9"));
});

Deno.test("encodeWord() gives no ids for a word of which nothing is left", () => {
  assertEquals(tinyTokenizer("wordpiece").encodeWord("\u200b"), []);
});

Deno.test("checkVocabulary() accepts a model with at least as many rows as ids, and refuses a smaller one", () => {
  const tokenizer = tinyTokenizer("wordpiece");
  checkVocabulary(tokenizer, 300);
  checkVocabulary(tokenizer, 301);
  assertEquals(
    assertThrows(() => checkVocabulary(tokenizer, 299), CheckpointError).message,
    "Expected the ids of tokenizer.json below the vocab_size 299 of config.json, found ids up to 299 " +
      `("${tokenizer.idToToken(299)}"): take the tokenizer and the model from the same checkpoint`,
  );
});

Deno.test("encodeWord() takes no longer for a word of a million characters than for its beginning", () => {
  const { encodeWord, unkId } = tinyTokenizer("unigram");
  assertEquals(encodeWord("語".repeat(1_000_000)), encodeWord("語".repeat(100)));
  assert(encodeWord("語".repeat(1_000_000)).includes(unkId));
  // The cut would go through the last character.
  assertEquals(encodeWord("a" + "😀".repeat(5000)), encodeWord("a" + "😀".repeat(4095)));
});

Deno.test("loadTokenizer() refuses a file that is not the tokenizer of a BERT-like model, and says why", () => {
  const wordpiece = () => tinyJson("wordpiece");
  const unigram = tinyJson("unigram");
  const model = (change: object) => ({
    ...wordpiece(),
    model: { ...wordpiece().model as object, ...change },
  });
  const other = "take a checkpoint with another tokenizer";
  const cases: [unknown, unknown, string][] = [
    [null, {}, "tokenizer.json: expected a JSON object, found null"],
    [[1], {}, "tokenizer.json: expected a JSON object, found [1]"],
    [wordpiece(), "cased", 'tokenizer_config.json: expected a JSON object, found "cased"'],
    [{}, {}, `tokenizer.json: expected the field model, found none; ${other}`],
    [
      model({ type: "WordLevel" }),
      {},
      `tokenizer.json: expected model.type to be one of WordPiece, Unigram, BPE, found "WordLevel"; ${other}`,
    ],
    [
      { ...wordpiece(), normalizer: { type: "Stem" } },
      {},
      "tokenizer.json: expected normalizer.type to be one of BertNormalizer, ByteLevel, Lowercase, NFC, " +
      `and 10 more, found "Stem"; ${other}`,
    ],
    [
      { ...wordpiece(), normalizer: { type: "Replace", pattern: { Regex: "(" }, content: " " } },
      {},
      "tokenizer.json: expected a tokenizer of Hugging Face's tokenizers with parts that are known, but " +
      `"Invalid regular expression: /(/gu: Unterminated group": ${other}`,
    ],
    [
      // It would cut a word into pieces of no length, for ever.
      { ...wordpiece(), pre_tokenizer: { type: "FixedLength", length: 0 } },
      {},
      `tokenizer.json: expected pre_tokenizer.length to be a whole number from 1 to 1000, found 0; ${other}`,
    ],
    [
      model({ vocab: { "[UNK]": 1, "[CLS]": 2e9 } }),
      {},
      'tokenizer.json: expected every token to have an id from 0 to 65591, found 2000000000 for "[CLS]": ' +
      "take a fresh copy",
    ],
    [
      { ...wordpiece(), added_tokens: [{ content: "[CLS]", id: "2" }] },
      {},
      'tokenizer.json: expected every token to have an id from 0 to 67943, found "2" for "[CLS]": ' +
      "take a fresh copy",
    ],
    [
      { ...unigram, model: { ...unigram.model as object, vocab: [["a", "b"]] } },
      {},
      'tokenizer.json: expected model.vocab to be a list of tokens with scores, found ["a", "b"]: take a fresh copy',
    ],
    [
      { ...tinyJson("bpe"), model: { ...tinyJson("bpe").model as object, merges: ["a"] } },
      {},
      'tokenizer.json: expected model.merges to be a list of pairs, found "a": take a fresh copy',
    ],
    [
      { ...tinyJson("bpe"), model: { ...tinyJson("bpe").model as object, merges: [["a", "<s>"]] } },
      {},
      'tokenizer.json: expected model.merges to join two tokens of the vocabulary to a third, found ["a", "<s>"]: ' +
      "take a fresh copy",
    ],
    [
      model({ unk_token: undefined }),
      {},
      "tokenizer.json: expected the model's unk_token to be in its vocabulary, found none: take a fresh copy",
    ],
    [
      { ...unigram, model: { ...unigram.model as object, unk_id: null } },
      {},
      "tokenizer.json: expected the model's unk_id to be in its vocabulary, found null: take a fresh copy",
    ],
    [
      wordpiece(),
      { mask_token: "<mask>" },
      'Expected the mask_token "<mask>" of tokenizer_config.json in tokenizer.json\'s vocabulary, ' +
      "but it is not there: take both files from the same checkpoint",
    ],
    [
      {
        ...wordpiece(),
        added_tokens: [],
        model: { type: "WordPiece", unk_token: "[UNK]", vocab: { "[UNK]": 0 } },
      },
      {},
      "tokenizer.json: expected a cls token, found none under the usual names [CLS] and <s>: " +
      "name it as cls_token in tokenizer_config.json",
    ],
    [
      { ...wordpiece(), post_processor: { type: "BertProcessing", cls: ["[SEP]", 3], sep: ["[SEP]", 3] } },
      {},
      "tokenizer.json: expected a post_processor that puts the cls token before a sentence and the sep token " +
      'after it, found "[SEP] a [SEP]" for "a": use a checkpoint of the BERT or RoBERTa kind',
    ],
  ];
  for (const [tokenizerJson, tokenizerConfig, message] of cases) {
    const error = assertThrows(() => loadTokenizer({ tokenizerJson, tokenizerConfig }), CheckpointError);
    assertEquals(error.message, message);
  }
});

for (const kind of kinds) {
  Deno.test(`decode() gives the word back that encodeWord() has cut, and several words with spaces [${kind}]`, () => {
    const tokenizer = tinyTokenizer(kind);
    const words = ["alienda", "kutoka", "soko"];
    const pieces = words.map((word) => tokenizer.encodeWord(word));
    assertEquals(pieces.map((ids) => tokenizer.decode(ids)), words);
    assertEquals(tokenizer.decode(pieces.flat()), words.join(" "));
    assertEquals(tokenizer.decode([]), "");
  });
}

Deno.test("a tokenizer whose parts multiply a word again and again gives the ids of its beginning", () => {
  const pattern = { String: "a" };
  const grow = { type: "Replace", pattern, content: "a".repeat(64) };
  const json = {
    ...tinyJson("wordpiece"),
    normalizer: { type: "Sequence", normalizers: Array(32).fill(grow) },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: Array(32).fill({ type: "ByteLevel", use_regex: false }),
    },
    decoder: { type: "Sequence", decoders: [{ type: "Fuse" }, ...Array(32).fill(grow)].slice(0, 32) },
  };
  const { encodeWord, decode, unkId } = loadTokenizer({ tokenizerJson: json });
  assertEquals(encodeWord("abc"), [unkId]);
  assert(decode(encodeWord("a")).length <= 8192);
});
