/** The activation between the two layers of the feed-forward block; `gelu_new` is the tanh form of `gelu`. */
export type HiddenAct = "gelu" | "gelu_new" | "relu";

/**
 * config.json with the names of its fields in camel case. Sizes are counted in elements, rates lie in [0, 1).
 */
export interface ModelConfig {
  /** The family, by the name that transformers has for it (src/nn/families/registry.ts). */
  readonly modelType: string;
  /** Rows of the word embedding table. */
  readonly vocabSize: number;
  /** Width of the hidden states, a multiple of {@linkcode numAttentionHeads}. */
  readonly hiddenSize: number;
  /** Transformer layers. */
  readonly numHiddenLayers: number;
  /** Attention heads of a layer, each `hiddenSize / numAttentionHeads` wide. */
  readonly numAttentionHeads: number;
  /** Width between the two layers of the feed-forward block. */
  readonly intermediateSize: number;
  /** The activation there. */
  readonly hiddenAct: HiddenAct;
  /** Dropout of the embeddings and of what is added to the residual stream. */
  readonly hiddenDropoutProb: number;
  /** Dropout of the attention probabilities. */
  readonly attentionProbsDropoutProb: number;
  /** Dropout before the tagging head; null takes {@linkcode hiddenDropoutProb}. */
  readonly classifierDropout: number | null;
  /** Rows of the position table; see `maxTokens` for the tokens that a sequence may have. */
  readonly maxPositionEmbeddings: number;
  /** Learned positions, added to the words; other kinds are refused. */
  readonly positionEmbeddingType: "absolute";
  /** Rows of the token type table; Lacuna gives every token type 0. */
  readonly typeVocabSize: number;
  /** What LayerNorm adds to the variance. */
  readonly layerNormEps: number;
  /** The id of the padding token; some families count positions from the number behind it. */
  readonly padTokenId: number;
  /** Standard deviation of weights that begin at random. */
  readonly initializerRange: number;
  /** Whether the masked-LM decoder is the word embedding table. */
  readonly tieWordEmbeddings: boolean;
  /** The tag of each row of the tagging head, empty where the file names none. */
  readonly id2label: readonly string[];
  /** The row of each tag. */
  readonly label2id: ReadonlyMap<string, number>;
  /** `id2label.length`. */
  readonly numLabels: number;
  /** The file as it was read, for the fields that only a family knows, or nobody. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Fields of the file whose numbers are written as floats there, `1.0` rather than `1`. */
  readonly floats: ReadonlySet<string>;
}
