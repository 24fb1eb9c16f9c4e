import type { RealDType } from "../../kernels/contract.ts";
import type { HeadOptions, ModelConfig } from "../checkpoint/hugging_face.ts";
import { parameterShapes } from "../checkpoint/hugging_face.ts";
import type { Device } from "../device/device.ts";
import { Encoder, stackOf } from "../nn/encoder.ts";
import { MaskedLmHead } from "../nn/masked_lm.ts";
import { type ParameterGroup, Parameters } from "../nn/parameters.ts";
import { productWeights } from "../nn/product_weights.ts";
import { boundaryShapes, SpanBoundaryHead } from "../nn/span_boundary.ts";
import { TokenClassificationHead } from "../nn/token_classification.ts";

/** Which heads a model gets, and which of its parameters learn. */
export interface ModelOptions extends HeadOptions {
  /** Adds SpanBERT's boundary head, which lives in training only and is not saved. */
  readonly boundary?: boolean;
  /** The group of a parameter; without it nothing is trained, and there are no gradients. */
  readonly group?: (name: string) => ParameterGroup | undefined;
  /**
   * What it computes with: with f16 the weights of products have f16 copies, which tapes of that precision read. Parameters
   * are f32 in any case. Default f32.
   */
  readonly precision?: RealDType;
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
  /** The precision of tapes that it may be put on, beside f32. */
  readonly precision: RealDType;
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

  /**
   * Takes memory for every parameter; {@linkcode initialise} or a checkpoint gives them values.
   *
   * @throws {DeviceError} for f16 on a device that has none
   */
  constructor(device: Device, config: ModelConfig, options: ModelOptions) {
    const { head, labels = config.id2label, boundary, group, precision = "f32" } = options;
    this.shapes = parameterShapes(config, options);
    this.device = device;
    this.config = config;
    this.labels = labels;
    this.precision = precision;
    const shapes = Model.shapes(config, options);
    const halves = precision === "f16" ? productWeights(shapes) : new Set();
    this.parameters = new Parameters(
      device,
      Array.from(
        shapes,
        ([name, shape]) => ({
          name,
          shape,
          group: group?.(name),
          half: halves.has(name),
          stack: stackOf(name),
        }),
      ),
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
