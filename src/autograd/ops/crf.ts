import { slice } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import { type Parameter, type Tensor, whole } from "../tensor.ts";
import type { CrossEntropy } from "./cross_entropy.ts";

/** What the loss of a linear chain is taken against, and where it goes. */
export interface ChainLoss extends CrossEntropy {
  /**
   * First row of each sequence, none of which is empty, and the number of rows at the end, `[sequences + 1]`.
   */
  readonly cuRows: Uint32Array;
  /** Transitions from tag to tag, then a row of starts and a row of ends, `[tags + 2, tags]`. */
  readonly scores: Parameter;
}

/**
 * Adds the negative log-likelihood of a linear-chain CRF over emissions `[rows, tags]`, `scale` times the sum
 * over the sequences. Rows labelled -100 are latent: every tag may stand there. See `kernels/crf.ts`.
 */
export function chainLoss(
  tape: Tape,
  emissions: Tensor,
  { labels, cuRows, scores, scale, loss, scaling }: ChainLoss,
): void {
  const { device } = tape;
  const [rows, tags] = emissions.shape;
  if (rows === 0) return;
  const { values, gradient } = whole(scores);
  const sequences = cuRows.length - 1;
  const uploaded = tape.upload(labels);
  // As much memory as for sequences of a row each, so that a batch takes what any other of as many rows does.
  const allPlaces = tape.allocate("u32", rows + 1);
  const allEnds = tape.allocate("f32", rows * 3);
  const places = slice(allPlaces, 0, sequences + 1);
  device.upload(places, cuRows);
  const ends = slice(allEnds, 0, sequences * 3);
  const alphas = tape.allocate("f32", rows * 2 * tags);
  const sizes = { rows, tags, sequences, scale };
  const inputs = { emissions: emissions.view, labels: uploaded, cuRows: places, scores: values };
  device.dispatch("crf", { ...inputs, alphas, ends, loss }, sizes);

  const backward = () => {
    const dEmissions = tape.allocate(tape.real, rows * tags);
    // Of frozen scores nobody wants the gradient.
    const dScores = gradient ?? tape.allocate("f32", values.length);
    device.dispatch("crfBackward", { ...inputs, alphas, dEmissions, dScores, scaling }, sizes);
    if (!gradient) tape.free(dScores);
    tape.giveGradient(emissions, dEmissions);
  };
  tape.record(undefined, { saved: [uploaded, allPlaces, allEnds, alphas], backward });
}
