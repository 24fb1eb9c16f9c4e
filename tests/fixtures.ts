import type { Sentence } from "../src/data/sentence.ts";
import { parseConll } from "../src/data/conll.ts";
import { MemoryStore } from "../src/store/memory_store.ts";
import { Random } from "../src/random/random.ts";

/** Sentences of common words with three mentions each, of at most `longest` words, seeded. */
export function syntheticSentences(count: number, seed = 1, longest = 3): Sentence[] {
  const random = new Random(seed, "sentences");
  const names = { PER: ["Amina", "Juma", "Baraka", "Neema"], LOC: ["Mwanza", "Arusha", "Tanga", "Pemba"] };
  const plain = ["alienda", "kutoka", "na", "kwa", "sasa", "watu", "wengi", "soko", "leo", "."];
  return Array.from({ length: count }, () => {
    const words: string[] = [];
    const tags: string[] = [];
    for (let part = 0; part < 3; part++) {
      for (let i = random.integer(3) + 1; i > 0; i--) {
        words.push(plain[random.integer(plain.length)]);
        tags.push("O");
      }
      const type = random.uniform() < 0.5 ? "PER" : "LOC";
      for (let i = 0, length = random.integer(longest) + 1; i < length; i++) {
        words.push(names[type][random.integer(names[type].length)]);
        tags.push(`${i === 0 ? "B" : "I"}-${type}`);
      }
    }
    return { words, tags };
  });
}

/** Labelled sentences in CoNLL, for tests that say what is in them. */
export function sentences(conll: string): Sentence[] {
  return parseConll(conll).sentences;
}

/** config.json of a model that trains in milliseconds. */
export const tinyConfig = {
  model_type: "bert",
  vocab_size: 301,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 40,
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
};

/** A store with config.json and tokenizer.json of a tiny model, and no weights. */
export async function tinyModelStore(
  config: Record<string, unknown> = {},
  base: Record<string, unknown> = tinyConfig,
): Promise<MemoryStore> {
  const tokenizer = await Deno.readFile(new URL("golden/tokenizer_wordpiece.json", import.meta.url));
  return new MemoryStore({
    "config.json": new TextEncoder().encode(JSON.stringify({ ...base, ...config })),
    "tokenizer.json": tokenizer,
  });
}
