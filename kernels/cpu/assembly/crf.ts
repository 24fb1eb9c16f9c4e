/**
 * Maths   crf: alpha[t, j] = emission[t, j] + log sum_i exp(alpha[t-1, i] - max alpha[t-1] + transition[i, j])
 *         last = log sum_j exp(alpha[last, j] + end[j]),
 *         loss = the sum over t of the difference of the maxima, and the difference of both `last`
 *         crfBackward: beta[t, i] = log sum_j exp(transition[i, j] + emission[t+1, j] + beta[t+1, j] - shift
 *         - norm[t+1]), norm[t] = log sum_j exp(alpha[t, j] + beta[t, j]), shift = max alpha[t],
 *         dEmissions = scale * (p - q), p = exp(alpha + beta - norm) of all paths, q of those with the labels
 *         crfBackwardScores: dScores[i, j] += scale * sum over t of (p - q), p = exp(alpha[t-1, i]
 *         + transition[i, j] + emission[t, j] + beta[t, j] - shift - norm[t]), the same of starts and ends
 * Task    crf, crfBackward: a sequence; crfBackwardScores: a row of scores; the loss has one
 * Paper   Lafferty, McCallum and Pereira 2001; Rabiner 1989 (a shift in each step in place of his scale)
 * Why     four tags side by side; what cannot be has a score whose exponential is 0. Where all rows of a
 *         sequence have labels, one path agrees with them, and nothing has to be summed on the way back
 */

import { exp4 } from "./exp";
import { largestOf, padded, storeFirst, sumOf } from "./lanes";
import { log } from "./log";
import { at } from "./simd";

const NEVER: f32 = -1e30;
const HARDLY: f32 = -1e29;
const FORBIDDEN: f32 = -1e4;

@unmanaged
class Crf {
  emissions: usize;
  labels: usize;
  cuRows: usize;
  scores: usize;
  alphas: usize;
  ends: usize;
  loss: usize;
  /** Of each thread: the scores in padded rows, and four rows. */
  workspace: usize;
  rows: u32;
  tags: u32;
  sequences: u32;
  scale: f32;
}

@unmanaged
class CrfBackward {
  emissions: usize;
  labels: usize;
  cuRows: usize;
  scores: usize;
  alphas: usize;
  dEmissions: usize;
  dScores: usize;
  /** Scale of the loss and more; 0 where the loss is not scaled. */
  scaling: usize;
  /** Of each row and chain: beta of each tag, shift and norm. */
  betas: usize;
  /** Of each thread: the scores in padded rows, and three rows. */
  workspace: usize;
  rows: u32;
  tags: u32;
  sequences: u32;
  scale: f32;
}

export function crf(call: Crf, task: u32, thread: u32): void {
  const tags = call.tags, width = padded(tags);
  const ends = at(call.ends, 3 * task);
  const begin = load<u32>(at(call.cuRows, task)), end = load<u32>(at(call.cuRows, task + 1));
  if (begin == end) {
    storeEnds(ends, 0, 0, -1);
    return;
  }
  const table = at(call.workspace, thread * (tags + 6) * width);
  copyScores(call.scores, table, tags);
  let all = at(table, (tags + 2) * width), next = at(all, width);
  let labelled = at(next, width), labelledNext = at(labelled, width);
  let difference: f64 = 0;
  for (let row = begin; row < end; row++) {
    const label = load<i32>(at(call.labels, row)), emissions = at(call.emissions, row * tags);
    if (row == begin) {
      memory.copy(next, at(table, tags * width), <usize> width << 2);
      memory.copy(labelledNext, next, <usize> width << 2);
    } else {
      const shift = shiftOf(all, width), labelledShift = shiftOf(labelled, width);
      difference += <f64> shift - <f64> labelledShift;
      advance(table, all, shift, next, tags);
      const before = load<i32>(at(call.labels, row - 1));
      if (before < 0 && label < 0) advance(table, labelled, labelledShift, labelledNext, tags);
      else if (before < 0) {
        const reached = reachedOf(table, labelled, labelledShift, <u32> label, tags);
        store<f32>(at(labelledNext, <u32> label), reached);
      } else {
        const reached = load<f32>(at(labelled, <u32> before)) - labelledShift;
        addTo(at(table, <u32> before * width), reached, labelledNext, width);
      }
    }
    for (let tag: u32 = 0; tag < width; tag++) {
      const emission: f32 = tag < tags ? load<f32>(at(emissions, tag)) : 0;
      emit(at(next, tag), emission, tag < tags);
      emit(at(labelledNext, tag), emission, tag < tags && (label < 0 || <u32> label == tag));
    }
    const alphas = at(call.alphas, row * 2 * tags);
    memory.copy(alphas, next, <usize> tags << 2);
    memory.copy(at(alphas, tags), labelledNext, <usize> tags << 2);
    let other = all;
    all = next;
    next = other;
    other = labelled;
    labelled = labelledNext;
    labelledNext = other;
  }
  const last = at(table, (tags + 1) * width);
  const sum = logSumOf(all, last, width), labelledSum = logSumOf(labelled, last, width);
  if (labelledSum <= HARDLY) storeEnds(ends, 0, 0, -1);
  else {
    const loss = <f32> (difference + (<f64> sum - <f64> labelledSum));
    storeEnds(ends, sum, labelledSum, max<f32>(0, loss));
  }
}

export function crfLoss(call: Crf, _task: u32, _thread: u32): void {
  let sum: f64 = 0;
  for (let sequence: u32 = 0; sequence < call.sequences; sequence++) {
    sum += <f64> max<f32>(0, load<f32>(at(call.ends, 3 * sequence), 8));
  }
  store<f32>(call.loss, <f32> (<f64> load<f32>(call.loss) + <f64> call.scale * sum));
}

export function crfBackward(call: CrfBackward, task: u32, thread: u32): void {
  const tags = call.tags, width = padded(tags);
  const begin = load<u32>(at(call.cuRows, task)), end = load<u32>(at(call.cuRows, task + 1));
  if (begin == end) return;
  const scale = call.scaling != 0 ? call.scale * load<f32>(call.scaling) : call.scale;
  const table = at(call.workspace, thread * (tags + 5) * width);
  copyScores(call.scores, table, tags);
  const beta = at(table, (tags + 2) * width), alpha = at(beta, width), following = at(alpha, width);
  let latent = false;
  for (let row = begin; row < end; row++) latent = latent || load<i32>(at(call.labels, row)) < 0;
  const possible = hasPath(call, end - 1, at(table, (tags + 1) * width));
  for (let chain: u32 = 0; chain < 2; chain++) {
    // What follows of the row after, normaliser and all, is in the row `following`.
    for (let left = end - begin; left > 0; left--) {
      const row = begin + left - 1, label = load<i32>(at(call.labels, row));
      const alphas = at(call.alphas, (2 * row + chain) * tags);
      const betas = at(call.betas, (2 * row + chain) * (tags + 2));
      const dEmissions = at(call.dEmissions, row * tags);
      let norm: f32 = -NEVER, shift: f32 = 0;
      if (!possible) {
        memory.fill(betas, 0, <usize> tags << 2);
        memory.fill(dEmissions, 0, <usize> tags << 2);
      } else if (chain == 0 || latent) {
        if (left == end - begin) memory.copy(beta, at(table, (tags + 1) * width), <usize> width << 2);
        else recede(table, following, beta, tags);
        copyRow(alphas, alpha, tags, width);
        norm = logSumOf(alpha, beta, width);
        if (row > begin) {
          copyRow(at(call.alphas, (2 * (row - 1) + chain) * tags), alpha, tags, width);
          shift = shiftOf(alpha, width);
        }
        memory.copy(betas, beta, <usize> tags << 2);
        for (let tag: u32 = 0; tag < width; tag++) {
          const allowed = tag < tags && (chain == 0 || label < 0 || <u32> label == tag);
          const emission: f32 = allowed ? load<f32>(at(call.emissions, row * tags + tag)) : NEVER;
          store<f32>(at(following, tag), emission + load<f32>(at(beta, tag)) - (shift + norm));
        }
        if (chain == 0 || label < 0) {
          addProbabilities(dEmissions, alphas, betas, norm, chain == 0 ? scale : -scale, chain == 0, tags);
        }
      }
      if (possible && chain == 1 && label >= 0) {
        const own = at(dEmissions, <u32> label);
        store<f32>(own, load<f32>(own) - scale);
      }
      store<f32>(at(betas, tags), shift);
      store<f32>(at(betas, tags + 1), norm);
    }
  }
}

export function crfBackwardScores(call: CrfBackward, task: u32, _thread: u32): void {
  const tags = call.tags;
  const scale = call.scaling != 0 ? call.scale * load<f32>(call.scaling) : call.scale;
  for (let tag: u32 = 0; tag < tags; tag += 4) {
    const scores = v128.load(at(call.scores, task * tags + tag));
    let total = f32x4.splat(0);
    for (let sequence: u32 = 0; sequence < call.sequences; sequence++) {
      const begin = load<u32>(at(call.cuRows, sequence)), end = load<u32>(at(call.cuRows, sequence + 1));
      // A sequence whose labels no path has is known by its norms.
      if (begin == end || load<f32>(at(call.betas, 2 * begin * (tags + 2) + tags + 1)) > -HARDLY) continue;
      let own = f32x4.splat(0);
      if (task == tags) own = difference(call, begin, tag, scores, 0, 0, true, true);
      else if (task > tags) own = differenceOfEnds(call, end - 1, tag, scores);
      else {
        for (let row = begin + 1; row < end; row++) {
          const alphas = at(call.alphas, 2 * (row - 1) * tags + task);
          const all = load<f32>(alphas), labelled = load<f32>(at(alphas, tags));
          const before = load<i32>(at(call.labels, row - 1));
          const agrees = before < 0 || <u32> before == task;
          own = f32x4.add(own, difference(call, row, tag, scores, all, labelled, agrees, before >= 0));
        }
      }
      total = f32x4.add(total, own);
    }
    total = v128.andnot(f32x4.mul(f32x4.splat(scale), total), f32x4.le(scores, f32x4.splat(FORBIDDEN)));
    const sums = at(call.dScores, task * tags + tag);
    storeFirst(sums, f32x4.add(v128.load(sums), total), tags - tag);
  }
}

/**
 * p - q of four tags of a row after something whose alphas are `all` and `labelled`; whether that agrees with
 * the labels, and whether it is all that does.
 */
function difference(
  call: CrfBackward,
  row: u32,
  tag: u32,
  scores: v128,
  all: f32,
  labelled: f32,
  agrees: bool,
  known: bool,
): v128 {
  const tags = call.tags, label = load<i32>(at(call.labels, row));
  const emissions = v128.load(at(call.emissions, row * tags + tag));
  const betas = at(call.betas, 2 * row * (tags + 2));
  const p = through(betas, emissions, tag, scores, all, tags);
  if (!agrees) return p;
  const chosen = chosenOf(label, tag);
  if (known && label >= 0) return f32x4.sub(p, v128.and(chosen, f32x4.splat(1)));
  const q = through(at(betas, tags + 2), emissions, tag, scores, labelled, tags);
  return f32x4.sub(p, v128.and(chosen, q));
}

/** p - q of four tags of a last row. */
function differenceOfEnds(call: CrfBackward, row: u32, tag: u32, scores: v128): v128 {
  const tags = call.tags, label = load<i32>(at(call.labels, row));
  const alphas = at(call.alphas, 2 * row * tags + tag);
  const norms = at(call.betas, 2 * row * (tags + 2) + tags + 1);
  const p = exp4(f32x4.sub(f32x4.add(v128.load(alphas), scores), v128.load32_splat(norms)));
  if (label >= 0) return f32x4.sub(p, v128.and(chosenOf(label, tag), f32x4.splat(1)));
  const labelled = f32x4.add(v128.load(at(alphas, tags)), scores);
  return f32x4.sub(p, exp4(f32x4.sub(labelled, v128.load32_splat(at(norms, tags + 2)))));
}

/** The probabilities of paths through four tags of a row, whose way there scores `before`. */
// @ts-ignore: decorator
@inline
function through(betas: usize, emissions: v128, tag: u32, scores: v128, before: f32, tags: u32): v128 {
  const way = f32x4.add(f32x4.splat(before - load<f32>(at(betas, tags))), scores);
  const rest = f32x4.add(emissions, v128.load(at(betas, tag)));
  return exp4(f32x4.sub(f32x4.add(way, rest), v128.load32_splat(at(betas, tags + 1))));
}

/** All bits of those of four tags that agree with a label. */
// @ts-ignore: decorator
@inline
function chosenOf(label: i32, tag: u32): v128 {
  const tags = i32x4.add(i32x4.splat(<i32> tag), i32x4(0, 1, 2, 3));
  return label < 0 ? i32x4.splat(-1) : i32x4.eq(tags, i32x4.splat(label));
}

/** The scores in padded rows, with what is forbidden, and what lies behind the last tag, as impossible. */
function copyScores(scores: usize, table: usize, tags: u32): void {
  const width = padded(tags);
  for (let row: u32 = 0; row < tags + 2; row++) {
    copyRow(at(scores, row * tags), at(table, row * width), tags, width);
    for (let tag: u32 = 0; tag < tags; tag++) {
      const score = at(table, row * width + tag);
      if (load<f32>(score) <= FORBIDDEN) store<f32>(score, NEVER);
    }
  }
}

function copyRow(from: usize, to: usize, tags: u32, width: u32): void {
  memory.copy(to, from, <usize> tags << 2);
  for (let tag = tags; tag < width; tag++) store<f32>(at(to, tag), NEVER);
}

/** next = log sum_i exp(previous_i - shift + table_i), for all tags. */
function advance(table: usize, previous: usize, shift: f32, next: usize, tags: u32): void {
  const width = padded(tags);
  for (let tag: u32 = 0; tag < tags; tag += 4) {
    let largest = f32x4.splat(NEVER);
    for (let i: u32 = 0; i < tags; i++) {
      const before = f32x4.splat(load<f32>(at(previous, i)) - shift);
      largest = f32x4.pmax(largest, f32x4.add(before, v128.load(at(table, i * width + tag))));
    }
    let sum = f32x4.splat(0);
    for (let i: u32 = 0; i < tags; i++) {
      const before = f32x4.splat(load<f32>(at(previous, i)) - shift);
      const score = f32x4.add(before, v128.load(at(table, i * width + tag)));
      sum = f32x4.add(sum, exp4(f32x4.sub(score, largest)));
    }
    v128.store(at(next, tag), sum);
    for (let lane: u32 = 0; lane < 4; lane++) {
      const reached = at(next, tag + lane);
      store<f32>(reached, logOf(f32x4.extract_lane(largest, 0), load<f32>(reached)));
      largest = v128.shuffle<f32>(largest, largest, 1, 2, 3, 0);
    }
  }
}

/** log sum_i exp(previous_i - shift + table_i) of one tag. */
function reachedOf(table: usize, previous: usize, shift: f32, tag: u32, tags: u32): f32 {
  const width = padded(tags);
  let largest = NEVER;
  for (let i: u32 = 0; i < tags; i++) {
    largest = max<f32>(largest, load<f32>(at(previous, i)) - shift + load<f32>(at(table, i * width + tag)));
  }
  let sum: f32 = 0;
  for (let i: u32 = 0; i < tags; i++) {
    const score = load<f32>(at(previous, i)) - shift + load<f32>(at(table, i * width + tag));
    sum += f32x4.extract_lane(exp4(f32x4.splat(score - largest)), 0);
  }
  return logOf(largest, sum);
}

/** to = x + addend. */
function addTo(x: usize, addend: f32, to: usize, width: u32): void {
  for (let c: u32 = 0; c < width; c += 4) {
    v128.store(at(to, c), f32x4.add(v128.load(at(x, c)), f32x4.splat(addend)));
  }
}

/** log sum exp(x + y). */
function logSumOf(x: usize, y: usize, width: u32): f32 {
  let most = f32x4.splat(NEVER);
  for (let c: u32 = 0; c < width; c += 4) {
    most = f32x4.pmax(most, f32x4.add(v128.load(at(x, c)), v128.load(at(y, c))));
  }
  const largest = largestOf(most);
  let sum = f32x4.splat(0);
  for (let c: u32 = 0; c < width; c += 4) {
    const score = f32x4.add(v128.load(at(x, c)), v128.load(at(y, c)));
    sum = f32x4.add(sum, exp4(f32x4.sub(score, f32x4.splat(largest))));
  }
  return logOf(largest, sumOf(sum));
}

function logOf(largest: f32, sum: f32): f32 {
  return largest <= HARDLY ? NEVER : largest + log(sum);
}

/** The largest of a row, 0 where nothing is possible. */
function shiftOf(row: usize, width: u32): f32 {
  let most = v128.load(row);
  for (let c: u32 = 4; c < width; c += 4) most = f32x4.pmax(most, v128.load(at(row, c)));
  const largest = largestOf(most);
  return largest <= HARDLY ? 0 : largest;
}

/** Adds an emission to what leads to a tag, unless that is impossible or not allowed. */
function emit(reached: usize, emission: f32, allowed: bool): void {
  const before = load<f32>(reached);
  store<f32>(reached, allowed && before > HARDLY ? before + emission : NEVER);
}

/** beta_i = log sum_j exp(table_ij + following_j). */
function recede(table: usize, following: usize, beta: usize, tags: u32): void {
  const width = padded(tags);
  for (let i: u32 = 0; i < width; i++) {
    store<f32>(at(beta, i), i < tags ? logSumOf(at(table, i * width), following, width) : NEVER);
  }
}

/** Whether a path has the labels of a sequence. */
function hasPath(call: CrfBackward, last: u32, ends: usize): bool {
  const alphas = at(call.alphas, (2 * last + 1) * call.tags);
  for (let tag: u32 = 0; tag < call.tags; tag++) {
    if (load<f32>(at(alphas, tag)) + load<f32>(at(ends, tag)) > HARDLY) return true;
  }
  return false;
}

/** dEmissions = factor * exp(alpha + beta - norm), or adds it. */
function addProbabilities(
  dEmissions: usize,
  alphas: usize,
  betas: usize,
  norm: f32,
  factor: f32,
  first: bool,
  tags: u32,
): void {
  for (let tag: u32 = 0; tag < tags; tag += 4) {
    const score = f32x4.add(v128.load(at(alphas, tag)), v128.load(at(betas, tag)));
    const p = f32x4.mul(f32x4.splat(factor), exp4(f32x4.sub(score, f32x4.splat(norm))));
    const own = at(dEmissions, tag);
    storeFirst(own, first ? p : f32x4.add(v128.load(own), p), tags - tag);
  }
}

function storeEnds(ends: usize, all: f32, labelled: f32, loss: f32): void {
  store<f32>(ends, all);
  store<f32>(ends, labelled, 4);
  store<f32>(ends, loss, 8);
}
