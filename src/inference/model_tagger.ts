import type { RealDType } from "../../kernels/contract.ts";
import type { Model } from "../model/model.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** A fine-tuned model that is ready to tag. */
export interface Tagger {
  /** The tags that it knows, `[labels]`: `O`, and `B-X` and `I-X` for every type X. */
  readonly labels: readonly string[];
  /** Gives its memory on the device back; it cannot tag afterwards. */
  free(): void;
}

/** What a tagger is inside: a model with a tagging head, and the tokenizer that it was trained with. */
export class ModelTagger implements Tagger {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** What it computes with: f32 or the model's own. */
  readonly precision: RealDType;

  constructor(
    model: Model,
    tokenizer: Tokenizer,
    { precision = "f32" }: { readonly precision?: RealDType } = {},
  ) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.precision = precision;
  }

  get labels(): readonly string[] {
    return this.model.labels;
  }

  free(): void {
    this.model.free();
  }

  /**
   * The inside of a tagger, which programs do not see.
   *
   * @throws {TypeError} for an object that `openTagger` did not make
   */
  static of(tagger: Tagger): ModelTagger {
    if (tagger instanceof ModelTagger) return tagger;
    throw new TypeError("Expected a tagger from openTagger() but found another object");
  }
}
