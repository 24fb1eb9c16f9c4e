import type { RealDType } from "../../kernels/contract.ts";
import { dtypeOf } from "../device/call.ts";
import type { Device, HostData, View } from "../device/device.ts";
import { dropoutAt, NO_DROPOUT } from "../random/philox.ts";
import { siteHash } from "../random/site.ts";
import type { ParameterPart, Tensor } from "./tensor.ts";

/** What addresses the random bits of a training step; see `src/random/philox.ts`. */
export interface StepAddress {
  readonly seed: number;
  readonly step: number;
  readonly microBatch: number;
}

/** Dropout with probability `p` at a place in the model, named so that a replay draws the same bits. */
export interface Dropout {
  readonly p: number;
  /** A stable name such as "layer.3.attention". */
  readonly site: string;
}

/** How a tape works. */
export interface TapeOptions {
  /** The step whose gradients are wanted. Without it the tape records nothing, and dropout does nothing. */
  readonly training?: StepAddress;
  /** Whether dropout drops anything in training. Default true. */
  readonly dropout?: boolean;
  /** Keep only the inputs of each {@linkcode Tape.scope} and compute the rest again on the way back. */
  readonly recompute?: boolean;
  /**
   * Element type of tensors and their gradients; losses, logits, statistics and the gradients of parameters
   * are f32 in any case. With f16 the parameters of products need their f16 copies, and a loss a factor that
   * keeps the gradients of tensors within f16's range (Micikevicius et al. 2018, arXiv:1710.03740). Default
   * f32.
   */
  readonly precision?: RealDType;
}

interface Node {
  readonly output: Tensor | undefined;
  readonly saved: readonly View[];
  readonly backward: (gradient: View) => void;
  /** Whether backward gave the gradient to another tensor. */
  readonly handsOn: boolean;
}

/**
 * Records ops on the way forward and walks them back once.
 *
 * The tape owns the memory of every tensor made on it: in training a tensor is freed as soon as its gradient
 * was used, otherwise at the end of its scope; {@linkcode Tape.dispose} frees what is left.
 */
export class Tape {
  readonly device: Device;
  /** Element type of tensors and their gradients. */
  readonly real: RealDType;
  readonly #training: StepAddress | undefined;
  readonly #recompute: boolean;
  readonly #dropout: boolean;
  #recording: boolean;
  #nodes: Node[] = [];
  #gradients = new Map<Tensor, View>();
  #owned = new Set<View>();

  constructor(
    device: Device,
    { training, dropout = true, recompute = false, precision = "f32" }: TapeOptions = {},
  ) {
    this.device = device;
    this.real = precision;
    this.#training = training;
    this.#recompute = recompute;
    this.#dropout = dropout;
    this.#recording = training !== undefined;
  }

  /** Whether gradients are recorded: ops keep what their backward pass needs only then. */
  get recording(): boolean {
    return this.#recording;
  }

  /**
   * A new tensor, its contents undefined; it wants a gradient if one of `inputs` (tensors, parameters) does.
   * Logits are f32 whatever the tape's precision, since a probability is as exact as the absolute error of
   * its logit.
   */
  tensor(
    shape: readonly [number, number],
    inputs: readonly ({ requiresGradient: boolean } | { trainable: boolean })[] = [],
    { dtype = this.real }: { dtype?: RealDType } = {},
  ): Tensor {
    const requiresGradient = this.#training !== undefined &&
      inputs.some((input) => "trainable" in input ? input.trainable : input.requiresGradient);
    return { view: this.allocate(dtype, shape[0] * shape[1]), shape, requiresGradient };
  }

  /** Memory that goes away with the tape, at the latest. */
  allocate(dtype: View["dtype"], length: number): View {
    const view = this.device.allocate(dtype, length, "activation");
    this.#owned.add(view);
    return view;
  }

  /** Host data on the device. */
  upload(data: HostData): View {
    const view = this.allocate(dtypeOf(data), data.length);
    this.device.upload(view, data);
    return view;
  }

  /** What products read of a parameter: its f16 copy on an f16 tape. */
  weightsOf({ values, half }: Pick<ParameterPart, "values" | "half">): View {
    return this.real === "f16" && half ? half : values;
  }

  /** Frees memory that this tape allocated. */
  free(view: View): void {
    if (this.#owned.delete(view)) this.device.free(view);
  }

  /**
   * Records how gradients flow back through an op. `saved` is freed when they have; an output of undefined (a
   * loss) starts the walk. Where nothing is recorded `saved` is freed at once.
   */
  record(
    output: Tensor | undefined,
    { saved = [], backward, handsOn = false }: Partial<Node> & Pick<Node, "backward">,
  ): void {
    const wanted = this.#recording && output?.requiresGradient !== false;
    if (wanted) this.#nodes.push({ output, saved, backward, handsOn });
    else saved.forEach((view) => this.free(view));
  }

  /**
   * Where the gradient of a tensor goes, and whether there is something to add to (`accumulate`); undefined
   * where no gradient is wanted.
   */
  gradientOf(tensor: Tensor): { view: View; accumulate: boolean } | undefined {
    if (!tensor.requiresGradient) return undefined;
    const existing = this.#gradients.get(tensor);
    if (existing) return { view: existing, accumulate: true };
    const view = this.allocate(this.real, tensor.shape[0] * tensor.shape[1]);
    this.#gradients.set(tensor, view);
    return { view, accumulate: false };
  }

  /** Adds a gradient that an op computed into a view of its own, which the tape takes over. */
  giveGradient(tensor: Tensor, view: View): void {
    const existing = this.#gradients.get(tensor);
    if (tensor.requiresGradient && !existing) {
      this.#gradients.set(tensor, view);
      return;
    }
    if (existing) {
      this.device.dispatch("accumulate", { x: view, into: existing }, { count: view.length, factor: 1 });
    }
    this.free(view);
  }

  /** Walks back from every recorded loss; gradients end up in the parameters. */
  backward(): void {
    for (let node = this.#nodes.pop(); node; node = this.#nodes.pop()) {
      const { output, saved, backward, handsOn } = node;
      const gradient = output && this.#gradients.get(output);
      if (!output) backward(undefined as never);
      else if (gradient) backward(gradient);
      for (const view of saved) this.free(view);
      if (!output) continue;
      this.#gradients.delete(output);
      this.free(output.view);
      if (gradient && !handsOn) this.free(gradient);
    }
  }

  /**
   * Runs part of a model. Where no gradient flows back through it (outside of training, or all of it frozen),
   * everything allocated inside is freed, except for the result; with `recompute` so it is where one does,
   * and the part runs again on the way back.
   */
  scope(part: () => Tensor): Tensor {
    const before = new Set(this.#owned);
    const recording = this.#recording;
    this.#recording = recording && !this.#recompute;
    const output = part();
    this.#recording = recording;
    if (output.requiresGradient && !this.#recompute) return output;
    for (const view of this.#owned) {
      if (!before.has(view) && view !== output.view) this.free(view);
    }
    this.record(output, {
      backward: (gradient) => this.#gradients.set(part(), gradient),
      handsOn: true,
    });
    return output;
  }

  /** The uniforms of dropout at a site; nothing is dropped outside of training. */
  dropoutUniforms(dropout?: Dropout) {
    if (!this.#training || !this.#dropout || !dropout || dropout.p === 0) return NO_DROPOUT;
    return dropoutAt({ ...this.#training, site: siteHash(dropout.site) }, dropout.p);
  }

  /** Frees everything that the tape still owns. */
  dispose(): void {
    for (const view of this.#owned) this.device.free(view);
    this.#owned.clear();
    this.#nodes = [];
    this.#gradients.clear();
  }
}
