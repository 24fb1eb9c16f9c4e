import type { RealDType } from "../../kernels/contract.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { labelSetOf } from "../data/label_set.ts";
import type { DecodeOptions, TagDecoder } from "../evaluation/decoding.ts";
import type { Model } from "../model/model.ts";
import { temperatureOf } from "../model/reading.ts";
import type { JoinedWords } from "../model/words_file.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { joinDecoder, joinLogits } from "./joined_words.ts";
import { modelLogits, type PassOptions } from "./model_logits.ts";

/** A fine-tuned model that is ready to tag. */
export interface Tagger {
  /** The tags that it knows, `[labels]`: `O`, and `B-X` and `I-X` for every type X. */
  readonly labels: readonly string[];
  /** Gives its memory on the device back; it cannot tag afterwards. */
  free(): void;
}

/** The inside of a tagger, which programs do not see. */
export abstract class InnerTagger implements Tagger {
  abstract readonly labels: readonly string[];
  /** What its scores are divided by before probabilities come from them, as it was found on dev. */
  abstract readonly temperature: number;
  abstract free(): void;

  /** What it says of each tag at the words of each sentence, `[words, labels]`, for its decoder. */
  abstract logits(sentences: readonly (readonly string[])[], options?: PassOptions): Promise<Float32Array[]>;

  /** From what it says of a sentence to its tags, or to their loss. */
  abstract decoder(options: DecodeOptions): Promise<TagDecoder>;

  /** @throws {TypeError} for an object that `openTagger` did not make */
  static of(tagger: Tagger): InnerTagger {
    if (tagger instanceof InnerTagger) return tagger;
    throw new TypeError("Expected a tagger from openTagger() but found another object");
  }
}

/** A model with a tagging head, and the tokenizer that it was trained with. */
export class ModelTagger extends InnerTagger {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** What it computes with: f32 or the model's own. */
  readonly precision: RealDType;
  /** Words that are joined with it. */
  readonly words: JoinedWords | undefined;

  constructor(
    model: Model,
    tokenizer: Tokenizer,
    { precision = "f32", words }: { readonly precision?: RealDType; readonly words?: JoinedWords } = {},
  ) {
    super();
    this.model = model;
    this.tokenizer = tokenizer;
    this.precision = precision;
    this.words = words;
  }

  get labels(): readonly string[] {
    const { labels } = this.model;
    return labelSetOf(labels)?.tags ?? labels;
  }

  get temperature(): number {
    return temperatureOf(this.model.config) ?? 1;
  }

  free(): void {
    this.model.free();
  }

  /** @throws {TypeError} for a tagger without an encoder, or another object */
  static override of(tagger: Tagger): ModelTagger {
    if (tagger instanceof ModelTagger) return tagger;
    throw new TypeError("Expected a tagger from openTagger() with an encoder but found another object");
  }

  async logits(
    sentences: readonly (readonly string[])[],
    options: PassOptions = {},
  ): Promise<Float32Array[]> {
    const { tokenizer, precision, words } = this;
    const logits = await modelLogits(this.model, sentences, { ...options, tokenizer, precision });
    if (!words) return logits;
    const joined: Float32Array[] = [];
    for (const [i, sentence] of sentences.entries()) {
      await yieldToHost(options.signal);
      joined.push(joinLogits(logits[i], sentence, words));
    }
    return joined;
  }

  async decoder(options: DecodeOptions): Promise<TagDecoder> {
    const own = await this.model.tagging!.decoder(options);
    return this.words ? joinDecoder(own, this.words, options) : own;
  }
}
