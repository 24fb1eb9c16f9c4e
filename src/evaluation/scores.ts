/**
 * The scores of a tagger: strict and lenient F1, and where it is right or wrong.
 *
 * @module
 */

import { DataError, OptionError } from "../errors.ts";
import { collapseOf } from "./collapse.ts";
import { entitiesOf, type Entity, type Reading } from "../data/entities.ts";
import { LENGTH_GROUPS, type LengthGroup, lengthGroupOf, mentionText } from "./entities.ts";
import { countErrors, type ErrorCounts } from "./errors.ts";
import {
  type Average,
  keyOf,
  macroAverage,
  microAverage,
  type Score,
  scoreBy,
  weightedAverage,
} from "./precision_recall.ts";

/** The scores of one reading of the tags. */
export interface ReadingScores {
  /** Over all entities together: the number that is meant by "F1". */
  readonly micro: Score;
  /** The mean over types. */
  readonly macro: Average;
  /** The mean over types, weighted by their gold entities. */
  readonly weighted: Average;
  /** By entity type, sorted; types that occur in gold or in the predictions. */
  readonly types: Readonly<Record<string, Score>>;
}

/** What `scoreSentences` finds. Plain data, ready for JSON; all scores lie in 0 to 1. */
export interface ScoreReport {
  /** The headline: seqeval with `mode="strict", scheme=IOB2`. */
  readonly strict: ReadingScores;
  /** Beside it: seqeval's default, which also counts entities that begin with an `I-`. */
  readonly lenient: ReadingScores;
  /**
   * By the number of words; recall by the gold length, precision by the predicted length, F1 of both
   * (strict).
   */
  readonly lengths: Readonly<Record<LengthGroup, Score>>;
  /** Those of three and more words together (strict). */
  readonly long: Score;
  /**
   * By whether the text of the entity is the text of a mention in training, of whatever type (strict). Recall
   * is over the gold entities with such a text, precision over the predicted ones: F1 of `unseen` is the
   * score that is left when every entity whose text training knows is struck out on both sides. `null`
   * without training mentions.
   */
  readonly names: { readonly seen: Score; readonly unseen: Score } | null;
  /** Kinds of error (strict). */
  readonly errors: ErrorCounts;
  /** How many sentences there are, and how many are wholly right. */
  readonly sentences: {
    readonly total: number;
    /** Sentences with at least one gold entity. */
    readonly withEntities: number;
    /** Sentences whose predicted entities are exactly the gold ones (strict), none where there are none. */
    readonly correct: number;
  };
  /** Whether the tagger gives one tag to (almost) everything while gold does not. */
  readonly collapsed: boolean;
  /** Why the predictions are a collapse, in one sentence; `null` when they are none. */
  readonly collapse: string | null;
}

/** What scores on seen and unseen names need: both or neither. */
export interface ScoreOptions {
  /** The texts of the mentions in training, from `mentionTexts`. */
  readonly trainingMentions?: ReadonlySet<string>;
  /** The words of the scored sentences, `words[i][j]` under the tag `gold[i][j]`. */
  readonly words?: readonly (readonly string[])[];
}

/**
 * Scores predicted IOB2 tags against gold ones, sentence by sentence. Illegal sequences are allowed on both
 * sides and read as the two readings say.
 *
 * @throws {DataError} when the number of sentences or of tags in a sentence differs, or a tag is not IOB2.
 * @throws {OptionError} when only one of `trainingMentions` and `words` is given.
 */
export function scoreSentences(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  { trainingMentions, words }: ScoreOptions = {},
): ScoreReport {
  checkAligned(gold, predicted, "predicted tags");
  if ((trainingMentions === undefined) !== (words === undefined)) {
    throw new OptionError(
      "Expected trainingMentions and words together but found only one of them: give both",
    );
  }
  const strict = readBoth(gold, predicted, "strict");
  const collapse = collapseOf(gold, predicted);
  const lengths = scoreLengths(strict);
  return {
    strict: scoreReading(strict),
    lenient: scoreReading(readBoth(gold, predicted, "lenient")),
    lengths,
    long: microAverage([lengths["3"], lengths["4+"]]),
    names: trainingMentions && words ? scoreNames(strict, { trainingMentions, words, gold }) : null,
    errors: countErrors(strict.gold, strict.predicted),
    sentences: countSentences(strict),
    collapsed: collapse !== null,
    collapse,
  };
}

/** The entities of each sentence on both sides. */
interface Sides {
  readonly gold: Entity[][];
  readonly predicted: Entity[][];
}

function readBoth(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  reading: Reading,
): Sides {
  const read = (sentences: readonly (readonly string[])[], side: string) =>
    sentences.map((tags, i) => entitiesOf(tags, reading, { where: `${side} sentence ${i + 1}` }));
  return { gold: read(gold, "gold"), predicted: read(predicted, "predicted") };
}

function scoreReading({ gold, predicted }: Sides): ReadingScores {
  const types = scoreBy(gold, predicted, { groupOf: ({ type }) => type });
  const scores = [...types.values()];
  return {
    micro: microAverage(scores),
    macro: macroAverage(scores),
    weighted: weightedAverage(scores),
    types: Object.fromEntries(types),
  };
}

function scoreLengths({ gold, predicted }: Sides): ScoreReport["lengths"] {
  const scores = scoreBy(gold, predicted, { groupOf: lengthGroupOf, groups: LENGTH_GROUPS });
  return Object.fromEntries(scores) as ScoreReport["lengths"];
}

function scoreNames(
  sides: Sides,
  { trainingMentions, words, gold }: Required<ScoreOptions> & { gold: readonly (readonly string[])[] },
): ScoreReport["names"] {
  checkAligned(gold, words, "words");
  const groupOf = (entity: Entity, sentence: number) =>
    trainingMentions.has(mentionText(words[sentence], entity)) ? "seen" : "unseen";
  const scores = scoreBy(sides.gold, sides.predicted, { groupOf, groups: ["seen", "unseen"] });
  return Object.fromEntries(scores) as unknown as ScoreReport["names"];
}

function countSentences({ gold, predicted }: Sides): ScoreReport["sentences"] {
  const asText = (entities: readonly Entity[]) => entities.map(keyOf).join("\n");
  return {
    total: gold.length,
    withEntities: gold.filter((entities) => entities.length > 0).length,
    correct: gold.filter((entities, i) => asText(entities) === asText(predicted[i])).length,
  };
}

/**
 * @throws {DataError} unless `other` has a list for each gold sentence, and in it one of `what` for each gold
 * tag.
 */
export function checkAligned(
  gold: readonly (readonly string[])[],
  other: readonly (readonly string[])[],
  what: string,
): void {
  if (gold.length !== other.length) {
    throw new DataError(
      `Expected ${gold.length} sentences of ${what}, one for each gold sentence, but found ${other.length}: ` +
        "check that both come from the same file",
    );
  }
  const bad = gold.findIndex((tags, i) => tags.length !== other[i].length);
  if (bad >= 0) {
    throw new DataError(
      `Expected ${gold[bad].length} ${what} in sentence ${bad + 1}, one for each gold tag, ` +
        `but found ${other[bad].length}: check that both sides are split into the same words`,
    );
  }
}
