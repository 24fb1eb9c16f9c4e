/**
 * Grids with a planted effect, to learn how often the rules of verdicts.ts are right before they meet real
 * runs.
 *
 * @module
 */

import { Random } from "../random/random.ts";
import { bootstrapF1, effectOf, type Slice } from "./outcomes.ts";
import { MEASURES } from "./measures.ts";
import type { RunPair, TestedRun } from "./pairs.ts";
import { F1_CLAIM, verdictsOf } from "./verdicts.ts";

/** What is simulated; F1 in 0 to 1. */
export interface SimulationSettings {
  /** Effect of one of the arms at every size; the others have none. */
  readonly effect: number;
  /** Standard deviation of a run's F1 over seeds, on one test sample. */
  readonly spread: number;
  /** Correlation of the two arms' F1 under one seed. */
  readonly correlation?: number;
  /** Arms among which the best on dev is chosen, with other seeds than those of the confirmation. */
  readonly arms?: number;
  /** Seeds of each data set to choose with. */
  readonly choosingSeeds?: number;
  readonly datasets?: number;
  readonly sizes?: number;
  readonly seeds?: number;
  /** Test sentences of each data set. */
  readonly sentences?: number;
}

/** How many of the simulated grids had F1 supported. */
export interface SimulationResult {
  readonly grids: number;
  /** Over all sizes. */
  readonly overall: number;
  /** At the first size. */
  readonly first: number;
  /** Anywhere. */
  readonly anywhere: number;
  /** The planted arm was the one chosen on dev. */
  readonly chosen: number;
}

/** F1 of the control. */
const BASE = 0.7;
/** Standard deviations on the logit scale: how hard names are, and how much that depends on the arm. */
const DIFFICULTY = 1.5;
const INTERACTION = 0.5;
/** E(sigmoid(a + s z)) is about sigmoid(a / FLATTENING), z standard normal (MacKay 1992). */
const FLATTENING = Math.sqrt(1 + Math.PI * (DIFFICULTY ** 2 + INTERACTION ** 2) / 8);
/** Standard deviation of F1 from the names' own chance, at 800 names: it is part of the spread over seeds. */
const OWN_CHANCE = 0.0125;
const RESAMPLES = 500;

/** Simulates `grids` grids, each chosen, confirmed and judged; the seed decides them. */
export function simulateGrids(
  settings: SimulationSettings,
  { grids, seed = 1 }: { readonly grids: number; readonly seed?: number },
): SimulationResult {
  const result = { grids, overall: 0, first: 0, anywhere: 0, chosen: 0 };
  for (let grid = 0; grid < grids; grid++) {
    const random = new Random(seed, "simulated grid", grid);
    const chosen = choosesPlanted(settings, random);
    const supported = judge(confirm(settings, chosen ? settings.effect : 0, random));
    if (chosen) result.chosen++;
    if (supported.includes(null)) result.overall++;
    if (supported.includes(1)) result.first++;
    if (supported.length > 0) result.anywhere++;
  }
  return result;
}

/** Whether the mean dev F1 of the planted arm beats those of the others. */
function choosesPlanted(settings: SimulationSettings, random: Random): boolean {
  const { effect, spread, arms = 9, datasets = 3, choosingSeeds = 5 } = settings;
  const noise = spread / Math.sqrt(datasets * choosingSeeds);
  const planted = effect + noise * random.normal();
  for (let arm = 1; arm < arms; arm++) if (noise * random.normal() > planted) return false;
  return true;
}

/** The pairs of the confirmation: names differ in how hard they are, and a little more between the arms. */
function confirm(settings: SimulationSettings, effect: number, random: Random): RunPair[] {
  const { spread, correlation = 0, datasets = 3, sizes = 3, seeds = 5, sentences = 400 } = settings;
  const latent = Math.sqrt(Math.max(0, spread ** 2 - OWN_CHANCE ** 2));
  return count(datasets).flatMap((d) => {
    const names = count(sentences).map(() =>
      count(random.integer(5)).map(() => {
        const common = DIFFICULTY * random.normal();
        return [0, 1].map(() => common + INTERACTION * random.normal());
      })
    );
    return count(seeds).flatMap((seed) =>
      count(sizes).map((size) => {
        const shared = Math.sqrt(correlation) * random.normal();
        const [control, arm] = [0, 1].map((which) => {
          const luck = latent * (shared + Math.sqrt(1 - correlation) * random.normal());
          const counts = tag(
            names.map((own) => own.map((pair) => pair[which])),
            BASE + which * effect + luck,
            random,
          );
          const key = { arm: String(which), dataset: String(d), size: size + 1, seed };
          return { key, test: { sentences: counts } } as unknown as TestedRun; // all that F1 is computed from
        });
        return { arm, control };
      })
    );
  });
}

/**
 * Counts of a run with this expected F1, where of two names not found one is tagged wrong, and 0.2 a sentence
 * invented.
 */
function tag(names: readonly (readonly number[])[], f1: number, random: Random) {
  const found = Math.min(0.99, Math.max(0.01, 1.6 * f1 / (2 - 0.5 * f1)));
  const ability = FLATTENING * Math.log(found / (1 - found));
  const counts = { gold: [] as number[], predicted: [] as number[], correct: [] as number[] };
  for (const own of names) {
    let correct = 0;
    let wrong = random.uniform() < 0.2 ? 1 : 0;
    for (const difficulty of own) {
      if (random.uniform() < 1 / (1 + Math.exp(-ability - difficulty))) correct++;
      else if (random.uniform() < 0.5) wrong++;
    }
    counts.gold.push(own.length);
    counts.predicted.push(correct + wrong);
    counts.correct.push(correct);
  }
  return counts;
}

/** The sizes at which F1 is supported, null for all together. */
function judge(pairs: readonly RunPair[]): (number | null)[] {
  const overall = effectOf(pairs, MEASURES.f1)!;
  if (overall.p >= 0.05) return []; // nothing behind this gate can be supported
  const sizes = [null, ...new Set(pairs.map(({ arm }) => arm.key.size))];
  const slices = sizes.map((size): Slice => {
    const own = pairs.filter(({ arm }) => size === null || arm.key.size === size);
    const effects = { f1: effectOf(own, MEASURES.f1)! };
    return { dataset: null, size, pairs: own.length, effects, f1Bootstrap: bootstrapF1(own, RESAMPLES) };
  });
  return verdictsOf([{ arm: "chosen", control: "none", slices, missing: [] }])
    .filter(({ claim, status }) => claim === F1_CLAIM && status === "supported")
    .map(({ size }) => size);
}

function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
