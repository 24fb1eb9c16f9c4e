import type { WordCrf } from "../crf/word_crf.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { chainDecoder, type DecodeOptions, type TagDecoder } from "../evaluation/decoding.ts";
import type { PassOptions } from "./model_logits.ts";
import { InnerTagger } from "./model_tagger.ts";

/** A tagger of word features alone, which needs no device. */
export class WordTagger extends InnerTagger {
  readonly crf: WordCrf;
  readonly temperature = 1;

  constructor(crf: WordCrf) {
    super();
    this.crf = crf;
  }

  get labels(): readonly string[] {
    return this.crf.parts.labels;
  }

  free(): void {}

  async logits(
    sentences: readonly (readonly string[])[],
    { signal }: PassOptions = {},
  ): Promise<Float32Array[]> {
    const logits: Float32Array[] = [];
    for (const words of sentences) {
      await yieldToHost(signal);
      logits.push(Float32Array.from(this.crf.emissions(words)));
    }
    return logits;
  }

  decoder(options: DecodeOptions): Promise<TagDecoder> {
    return Promise.resolve(chainDecoder(this.labels, this.crf.chain, options));
  }
}
