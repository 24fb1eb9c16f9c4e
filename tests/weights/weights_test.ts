import { assert, assertEquals } from "@std/assert";
import { maxTokens, readConfig } from "../../src/model/config.ts";
import { parseConll } from "../../src/data/conll.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { checkVocabulary, loadTokenizer, type Tokenizer } from "../../src/text/tokenizer.ts";

const readText = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

/** The folder of the embedded model, and that of models from random weights. */
const folders = ["weights", "weights/scratch"] as const;

async function readTokenizer(folder: string): Promise<Tokenizer> {
  return loadTokenizer({
    tokenizerJson: JSON.parse(await readText(`${folder}/tokenizer.json`)),
    tokenizerConfig: JSON.parse(await readText(`${folder}/tokenizer_config.json`)),
  });
}

async function wordsOf(part: string): Promise<string[]> {
  const file = `examples/corpus/${part}.conll`;
  return parseConll(await readText(file), { file }).sentences.flatMap(({ words }) => words);
}

const isSpelled = (tokenizer: Tokenizer, word: string) => {
  const ids = tokenizer.encodeWord(word);
  return ids.length > 0 && !ids.includes(tokenizer.unkId);
};

const sizes = {
  weights: { hiddenSize: 384, numHiddenLayers: 6, numAttentionHeads: 12, intermediateSize: 1536 },
  "weights/scratch": { hiddenSize: 256, numHiddenLayers: 4, numAttentionHeads: 4, intermediateSize: 1024 },
};

for (const folder of folders) {
  Deno.test(`the config.json in ${folder} is a small BERT without tags whose vocabulary is its tokenizer's`, async () => {
    const store = new MemoryStore({ "config.json": await readText(`${folder}/config.json`) });
    const config = await readConfig(store, "");
    const { hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize } = config;
    assertEquals({ hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize }, sizes[folder]);
    assertEquals([config.modelType, config.numLabels], ["bert", 0]);
    assert(maxTokens(config) >= 256);

    const tokenizer = await readTokenizer(folder);
    checkVocabulary(tokenizer, config.vocabSize);
    assertEquals(tokenizer.vocabSize, config.vocabSize);
    assertEquals(config.padTokenId, tokenizer.padId);
    const pieces = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id));
    assert(pieces.every((piece) => piece !== undefined));
    assertEquals(new Set(pieces).size, tokenizer.vocabSize);
  });

  Deno.test(`the tokenizer in ${folder} spells every word of the corpus, in 1.6 to 1.8 pieces on average`, async () => {
    const tokenizer = await readTokenizer(folder);
    for (const part of ["train", "dev", "test"]) {
      const words = await wordsOf(part);
      assertEquals(words.filter((word) => !isSpelled(tokenizer, word)), []);
      const pieces = words.reduce((sum, word) => sum + tokenizer.encodeWord(word).length, 0) / words.length;
      // About the same in all parts: it has not seen the corpus, so that train is no easier than test.
      assert(pieces > 1.6 && pieces < 1.8, `${part} ${pieces}`);
    }
  });

  Deno.test(`the tokenizer in ${folder} spells Latin African orthographies, tones composed or combining`, async () => {
    const tokenizer = await readTokenizer(folder);
    const words = [
      ..."Ọ̀yọ́ Ẹ̀kọ́ Ṣàngó ǹǹkan Ŋutsu Eʋegbe kɔfi yɛ Ɖɔkita ƒe aɣatawoe ƙwaƙwalwa Ɓauchi ɗalibi ƴaƴa".split(
        " ",
      ),
      ..."Ịgbo ụlọ ńnà Thohoyanḓou ḽivhuwa ṱhogo ṋaledzi ṅwana mašego Gĩkũyũ bɩnɛ ʋalʋal Kanǝmbu ŵana ñaar"
        .split(" "),
      ..."ǃXóõ ǂKhomani taqbaylit aẓru Ḥmed ačču ǧǧiɣ jɔ̈ɔ̈r ŋɛ̈ɛ̈n Bamanankan ɲɔgɔn".split(" "),
      ..."ng’ombe “Kariakoo” ₦5,000 €20 3:40 2021–22 °C …".split(" "),
    ];
    const unknown = words.flatMap((word) => [word.normalize("NFC"), word.normalize("NFD")])
      .filter((word) => !isSpelled(tokenizer, word));
    assertEquals(unknown, []);
  });

  Deno.test(`the tokenizer in ${folder} gives a letter with its tone the same pieces as one character and as two`, async () => {
    const tokenizer = await readTokenizer(folder);
    for (const word of "Ọ̀yọ́ Ẹ̀kọ́ Ṣàngó ǹǹkan ńnà Gĩkũyũ ŋɛ̈ɛ̈n ṱhogo".split(" ")) {
      assertEquals(
        tokenizer.encodeWord(word.normalize("NFD")),
        tokenizer.encodeWord(word.normalize("NFC")),
        word,
      );
    }
  });

  Deno.test(`the tokenizer in ${folder} keeps case and tone marks, which tell names and words apart`, async () => {
    const tokenizer = await readTokenizer(folder);
    const different = ["moshi", "Moshi", "mòshi", "móshi"].map((word) =>
      tokenizer.encodeWord(word).join(" ")
    );
    assertEquals(new Set(different).size, 4);
  });
}
