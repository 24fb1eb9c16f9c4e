import type { HeadOptions, ModelConfig } from "../checkpoint/hugging_face.ts";
import { parameterShapes } from "../checkpoint/hugging_face.ts";
import type { Device } from "../device/device.ts";
import { Encoder } from "../nn/encoder.ts";
import { MaskedLmHead } from "../nn/masked_lm.ts";
import { type ParameterGroup, Parameters } from "../nn/parameters.ts";
import { boundaryShapes, SpanBoundaryHead } from "../nn/span_boundary.ts";
import { TokenClassificationHead } from "../nn/token_classification.ts";

/** Which heads a model gets, and which of its parameters learn. */
export interface ModelOptions extends HeadOptions {
  /** Adds SpanBERT's boundary head, which lives in training only and is not saved. */
  readonly boundary?: boolean;
  /** The group of a parameter; without it nothing is trained, and there are no gradients. */
  readonly group?: (name: string) => ParameterGroup | undefined;
}

/** An encoder with its heads, and their parameters on a device. */
export class Model {
  readonly config: ModelConfig;
  /** The tags of the tagging head, in the order of its rows. */
  readonly labels: readonly string[];
  readonly device: Device;
  /** Name and shape of each parameter of a checkpoint of this model. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly parameters: Parameters;
  readonly encoder: Encoder;
  readonly tagging: TokenClassificationHead | undefined;
  readonly maskedLm: MaskedLmHead | undefined;
  readonly boundary: SpanBoundaryHead | undefined;

  /** Name and shape of every parameter of such a model, those included that are not saved. */
  static shapes(config: ModelConfig, options: ModelOptions): ReadonlyMap<string, readonly number[]> {
    return new Map([
      ...parameterShapes(config, options),
      ...(options.boundary ? boundaryShapes(config) : []),
    ]);
  }

  /** Takes memory for every parameter; {@linkcode initialise} or a checkpoint gives them values. */
  constructor(device: Device, config: ModelConfig, options: ModelOptions) {
    const { head, labels = config.id2label, boundary, group } = options;
    this.shapes = parameterShapes(config, options);
    this.device = device;
    this.config = config;
    this.labels = labels;
    this.parameters = new Parameters(
      device,
      Array.from(Model.shapes(config, options), ([name, shape]) => ({ name, shape, group: group?.(name) })),
    );
    this.encoder = new Encoder(config, this.parameters);
    if (head === "tokenClassification" || head === "joint") {
      this.tagging = new TokenClassificationHead(config, this.parameters);
    }
    if (head === "maskedLm" || head === "joint") {
      this.maskedLm = new MaskedLmHead(config, this.parameters, this.encoder.wordEmbeddings);
    }
    if (boundary) this.boundary = new SpanBoundaryHead(config, this.parameters);
  }

  /** Gives the memory back. */
  free(): void {
    this.parameters.free();
  }
}
