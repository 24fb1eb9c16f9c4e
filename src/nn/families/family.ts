import type { v } from "../../dependencies.ts";
import type { ModelConfig } from "../config.ts";
import type { Encoder } from "../encoder.ts";
import type { Parameters } from "../parameters.ts";
import type { ParameterSpec } from "../specs.ts";

/**
 * A kind of encoder that transformers has checkpoints of, as a value: everything that tells it from the
 * others. A new one is a file beside this one and a line in registry.ts.
 */
export interface Family {
  /** Its name in config.json, `model_type`. */
  readonly modelType: string;
  /** How the names of transformers' classes begin: `XLMRoberta` in `XLMRobertaForMaskedLM`. */
  readonly className: string;
  /** `pad_token_id` where config.json has none. */
  readonly padTokenId: number;
  /**
   * Where fields of config.json have other names than BERT's: the family's own, or null for one that it does
   * not have.
   */
  readonly fieldNames?: FieldNames;
  /**
   * By BERT's name of a field what holds where config.json lacks it, where that is not what BERT's default
   * is.
   */
  readonly fieldDefaults?: Readonly<Record<string, unknown>>;
  /**
   * What has to hold of fields of config.json that only this family has; it finds them in `ModelConfig.raw`.
   */
  readonly fields?: v.GenericSchema;
  /** The row of the position table that the first token of a sequence has. */
  firstPosition(config: ModelConfig): number;
  /** Name of the table of word embeddings, to which decoders are tied. */
  readonly wordEmbeddings: string;
  /** Columns of that table, the hidden size in most families. */
  embeddingSize(config: ModelConfig): number;
  /** Every parameter of the encoder, from the embeddings upwards. */
  specs(config: ModelConfig): readonly ParameterSpec[];
  /**
   * config.json of a model with some of the layers, where the file says something of each of them.
   *
   * @throws {OptionError} for layers without which there is no such model
   */
  ofLayers?(config: ModelConfig, layers: readonly number[]): ModelConfig["raw"];
  /** The encoder over parameters with these specs. */
  encoder(config: ModelConfig, parameters: Parameters): Encoder;
  /**
   * The parameter that a tensor of a file is: names differ by age, and by whether the file holds the encoder
   * alone. Undefined for what Lacuna has no use for.
   */
  parameterName(tensor: string): string | undefined;
  /** Names and form of its masked-LM head. */
  readonly maskedLm: MaskedLmForm;
}

/** By BERT's name of a field of config.json: the family's. */
export type FieldNames = Readonly<Record<string, string | null>>;

/**
 * A masked-LM head of dense, activation and norm before a decoder, mostly one that is tied to the word
 * embeddings.
 */
export interface MaskedLmForm {
  /** Name of the linear layer, `[embeddingSize, hiddenSize]`. */
  readonly dense: string;
  /** Name of the norm. */
  readonly norm: string;
  /** Name of the bias of a decoder that is tied, `[vocabSize]`. */
  readonly bias: string;
  /** Name of a decoder that is not tied, a linear layer `[vocabSize, embeddingSize]` with a bias. */
  readonly decoder: string;
  /** The activation between them, where it is not always `hidden_act`. */
  readonly activation?: (config: ModelConfig) => ModelConfig["hiddenAct"];
  /** Whether the linear layer and the norm have biases. Default both. */
  readonly biases?: (config: ModelConfig) => { readonly dense: boolean; readonly norm: boolean };
  /**
   * Whether heads that tag read hidden states through the same linear layer, activation and norm. Default
   * false.
   */
  readonly shared?: boolean;
}
