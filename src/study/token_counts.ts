/**
 * What a plan is worth in forward-backward tokens: to budget a run, and to say before what a grid will cost.
 */

import { maxTokens, readConfig } from "../model/config.ts";
import type { Sentence } from "../data/sentence.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import type { StartingPoint } from "../run/input.ts";
import { FORWARD_SHARE } from "../run/step.ts";
import type { Cell } from "./cells.ts";
import { budgetEpochsAt, EVALUATIONS, type StudyPlan } from "./plan.ts";
import type { RunKey } from "./record.ts";
import { sampleOf, type StudyData, testOf } from "./study_data.ts";
import { sentenceTokens } from "./token_budget.ts";

/** Test is tagged with names and without, and masked spans of it are predicted. */
const TEST_PASSES = 3;

/** Counts tokens of the sentences of a study. */
export class TokenCounts {
  readonly #plan: Pick<StudyPlan, "budgetEpochs" | "testLimit">;
  readonly #data: ReadonlyMap<string, StudyData>;
  readonly #tokens: (sentence: Sentence) => number;
  readonly #known = new Map<string, number>();

  /** @throws {CheckpointError} if the tokenizer is damaged */
  static async open(
    plan: Pick<StudyPlan, "budgetEpochs" | "testLimit" | "settings">,
    data: readonly StudyData[],
    { store, dir }: StartingPoint,
  ): Promise<TokenCounts> {
    const config = await readConfig(store, dir);
    const { tokenizer } = await openTokenizer(store, { dir, config, normalise: plan.settings.normalise });
    const reading = { tokenizer, maxTokens: maxTokens(config) };
    const counts = new Map<Sentence, number>();
    return new TokenCounts(plan, data, (sentence) => {
      const known = counts.get(sentence) ?? sentenceTokens(sentence, reading);
      counts.set(sentence, known);
      return known;
    });
  }

  private constructor(
    plan: Pick<StudyPlan, "budgetEpochs" | "testLimit">,
    data: readonly StudyData[],
    tokens: (sentence: Sentence) => number,
  ) {
    this.#plan = plan;
    this.#data = new Map(data.map((data) => [data.name, data]));
    this.#tokens = tokens;
  }

  /** Forward-backward tokens that a run may use for training: the same for every arm with a whole share. */
  budget({ key, arm }: Pick<Cell, "key" | "arm">): number {
    return Math.round(budgetEpochsAt(this.#plan, key.size) * this.#sum("training", key) * arm.share);
  }

  /** Forward-backward tokens that a run is worth with all its evaluations. */
  cost(cell: Cell): number {
    const dev = EVALUATIONS * this.#sum("dev", cell.key);
    const test = cell.tested ? TEST_PASSES * this.#sum("test", cell.key) : 0;
    return this.budget(cell) + Math.round(FORWARD_SHARE * (dev + test));
  }

  /** Tokens of a part of what a run sees. */
  #sum(part: "training" | "dev" | "test", { dataset, size, seed }: RunKey): number {
    const name = part === "test" ? `${part} ${dataset}` : `${part} ${dataset} ${size} ${seed}`;
    let sum = this.#known.get(name);
    if (sum === undefined) {
      const data = this.#data.get(dataset)!;
      const sentences = part === "test" ? testOf(data, this.#plan) : sampleOf(data, { size, seed })[part];
      sum = sentences.reduce((sum, sentence) => sum + this.#tokens(sentence), 0);
      this.#known.set(name, sum);
    }
    return sum;
  }
}
