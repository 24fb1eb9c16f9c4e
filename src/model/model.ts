import type { RealDType } from "../../kernels/contract.ts";
import type { Device } from "../device/device.ts";
import type { ParameterGroup } from "../nn/arena_layout.ts";
import type { ModelConfig } from "../nn/config.ts";
import type { Encoder } from "../nn/encoder.ts";
import { familyOf } from "../nn/families/registry.ts";
import type { BuiltHead, BuiltTaggingHead } from "../nn/heads/head.ts";
import { maskedLm, type MaskedLmHead } from "../nn/heads/masked_lm.ts";
import { spanBoundary } from "../nn/heads/span_boundary.ts";
import { Parameters } from "../nn/parameters.ts";
import type { ParameterSpec } from "../nn/specs.ts";
import { type HeadOptions, savedHeads, specsOf } from "./heads.ts";

/** Which heads a model gets, and which of its parameters learn. */
export interface ModelOptions extends HeadOptions {
  /**
   * Adds SpanBERT's boundary head, which lives in training only, beside the masked-LM head, and is not saved.
   */
  readonly boundary?: boolean;
  /** The group of a parameter; without it nothing is trained, and there are no gradients. */
  readonly group?: (spec: ParameterSpec) => ParameterGroup | undefined;
  /**
   * What it computes with: with f16 the weights of products have f16 copies, which tapes of that precision
   * read. Parameters are f32 in any case. Default f32.
   */
  readonly precision?: RealDType;
}

/** An encoder with its heads, and their parameters on a device. */
export class Model {
  readonly config: ModelConfig;
  /** Which heads of a checkpoint it has. */
  readonly options: HeadOptions;
  /** The tags of the tagging head, in the order of its rows; without one those of config.json. */
  readonly labels: readonly string[];
  readonly device: Device;
  /** Every parameter, those included that are not saved. */
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  /** The precision of tapes that it may be put on, beside f32. */
  readonly precision: RealDType;
  readonly encoder: Encoder;
  /** All heads: a step of training is the sum of their losses. */
  readonly heads: readonly BuiltHead[];
  readonly tagging: BuiltTaggingHead | undefined;
  readonly maskedLm: MaskedLmHead | undefined;

  /**
   * Takes memory for every parameter; {@linkcode initialise} or a checkpoint gives them values.
   *
   * @throws {DeviceError} for f16 on a device that has none
   */
  constructor(device: Device, config: ModelConfig, options: ModelOptions) {
    const { group, precision = "f32" } = options;
    const heads = [...savedHeads(options), ...options.boundary ? [spanBoundary] : []];
    this.device = device;
    this.config = config;
    this.options = options;
    this.labels = options.tagging?.labels ?? config.id2label;
    this.precision = precision;
    this.specs = specsOf(config, heads);
    // Products read f16 copies: of matrices, and of the word embeddings where a decoder is tied to them.
    const { wordEmbeddings } = familyOf(config);
    const tied = config.tieWordEmbeddings && heads.some(({ readsWordEmbeddings }) => readsWordEmbeddings);
    const isRead = ({ role, name }: ParameterSpec) => role === "product" || tied && name === wordEmbeddings;
    this.parameters = new Parameters(
      device,
      this.specs.map((spec) => ({
        ...spec,
        group: group?.(spec),
        half: precision === "f16" && isRead(spec),
      })),
    );
    this.encoder = familyOf(config).encoder(config, this.parameters);
    const parts = { config, parameters: this.parameters, encoder: this.encoder };
    this.tagging = options.tagging?.build(parts);
    this.maskedLm = options.maskedLm ? maskedLm.build(parts) : undefined;
    const boundary = options.boundary ? spanBoundary.build(parts) : undefined;
    this.heads = [this.tagging, this.maskedLm, boundary].filter((head) => head !== undefined);
  }

  /** Gives the memory back. */
  free(): void {
    this.parameters.free();
  }
}
