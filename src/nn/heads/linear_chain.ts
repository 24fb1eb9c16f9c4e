import { FORBIDDEN } from "../../../kernels/crf.ts";
import { chainLoss } from "../../autograd/ops/crf.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Parameter, Tensor } from "../../autograd/tensor.ts";
import { type ChainWeights, legalChain } from "../../crf/linear_chain.ts";
import { possibleLabels } from "../../crf/possible_labels.ts";
import { labelledSequences, type PackedBatch } from "../../data/packed_batch.ts";
import type { TrainingBatch } from "../../data/training_batch.ts";
import { CheckpointError } from "../../errors.ts";
import { chainDecoder, type DecodeOptions, type TagDecoder } from "../../evaluation/decoding.ts";
import type { Parameters } from "../parameters.ts";
import type { ParameterSpec } from "../specs.ts";
import type { BuiltTaggingHead, HeadParts, LossTarget, TaggingHead, TaggingHeadKind } from "./head.ts";
import { checkTags, Classifier, classifierSpecs, labelledRows } from "./token_classification.ts";

/**
 * The names of what it learns beside the classifier, those of pytorch-crf: its module, and its parameters.
 */
const MODULE = "crf";
const TRANSITIONS = `${MODULE}.transitions`;
const START = `${MODULE}.start_transitions`;
const END = `${MODULE}.end_transitions`;
/** All of them as one matrix, as the op reads them. */
const SCORES = `${MODULE}.scores`;

/**
 * A linear-chain CRF (Lafferty, McCallum and Pereira 2001; Lample et al. 2016, arXiv:1603.01360, on a neural
 * encoder): the logits of the linear head are the emissions of a chain with learnt scores of each tag after
 * each other, at the start and at the end. The loss is that of whole sentences, divided by their words, so
 * that it compares with a cross entropy.
 *
 * Transitions that IOB2 forbids are fixed: no path has them, in training and in use. Words without a label,
 * and labels that break IOB2, are latent: the loss sums over what may stand there. Transformers opens the
 * model as token classification and sees the emissions.
 */
export const linearChain: TaggingHeadKind = {
  kind: "crf",
  of(labels): TaggingHead {
    checkTags(labels);
    const legal = legalChain(labels);
    return {
      kind: this.kind,
      labels,
      specs: (config) => [...classifierSpecs(config, labels), ...chainSpecs(legal)],
      build: (parts) => new LinearChainHead(parts, { labels, legal }),
    };
  },
};

/**
 * They have the role of biases: no weight decay pulls transitions to each other, nor what is forbidden to 0.
 */
function chainSpecs({ transitions, start, end }: ChainWeights): ParameterSpec[] {
  const tags = start.length;
  const spec = (name: string, shape: readonly number[], legal: ArrayLike<number>): ParameterSpec => ({
    name,
    shape,
    role: "bias",
    layer: "head",
    stack: SCORES,
    initial: Float32Array.from(legal, (score) => Math.max(FORBIDDEN, score)),
  });
  return [
    spec(TRANSITIONS, [tags, tags], transitions),
    spec(START, [tags], start),
    spec(END, [tags], end),
  ];
}

class LinearChainHead implements BuiltTaggingHead {
  readonly task = "tagging";
  readonly #labels: readonly string[];
  readonly #legal: ChainWeights;
  readonly #classifier: Classifier;
  readonly #parameters: Parameters;
  readonly #scores: Parameter;

  constructor(
    parts: HeadParts,
    { labels, legal }: { readonly labels: readonly string[]; readonly legal: ChainWeights },
  ) {
    this.#labels = labels;
    this.#legal = legal;
    this.#classifier = new Classifier(parts);
    this.#parameters = parts.parameters;
    this.#scores = parts.parameters.stack(SCORES);
  }

  rows(batch: TrainingBatch): number {
    return labelledRows(batch);
  }

  loss(tape: Tape, hidden: Tensor, batch: TrainingBatch, target: LossTarget): void {
    const cuRows = labelledSequences(batch);
    const labels = possibleLabels(batch.labels, { cuRows, legal: this.#legal });
    chainLoss(tape, this.logits(tape, hidden, batch), { labels, cuRows, scores: this.#scores, ...target });
  }

  logits(tape: Tape, hidden: Tensor, batch: PackedBatch): Tensor {
    return this.#classifier.logits(tape, hidden, batch);
  }

  /** @throws {CheckpointError} for scores that are no numbers */
  async decoder(options: DecodeOptions): Promise<TagDecoder> {
    const read = async (name: string, legal: ArrayLike<number>) => {
      const scores = await this.#parameters.read(name);
      return Float64Array.from(scores, (score, i) => {
        if (Number.isNaN(score) || score === Infinity) {
          throw new CheckpointError(
            `Expected ${name} to hold finite scores but found ${score}: the weights are damaged or their ` +
              "training diverged, load an earlier checkpoint",
          );
        }
        return score <= FORBIDDEN ? -Infinity : score + legal[i];
      });
    };
    const { transitions, start, end } = this.#legal;
    return chainDecoder(this.#labels, {
      transitions: await read(TRANSITIONS, transitions),
      start: await read(START, start),
      end: await read(END, end),
    }, options);
  }
}
