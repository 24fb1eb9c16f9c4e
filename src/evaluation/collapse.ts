/**
 * A tagger that gives one tag to everything: it happens to fine-tuning that diverged, and has to be named as
 * such.
 *
 * @module
 */

/** Above this share of all words one predicted tag counts as a collapse, unless gold is as lopsided. */
const COLLAPSE_SHARE = 0.995;

/**
 * Why these predictions are a collapse, in one sentence, or `null` when they are none. It is one when a
 * single tag takes more than 99.5 % of the predictions but not of the gold tags, or when every prediction is
 * `O` although gold has entities.
 */
export function collapseOf(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): string | null {
  const predictedCounts = countTags(predicted);
  const goldCounts = countTags(gold);
  const words = gold.reduce((sum, tags) => sum + tags.length, 0);
  const goldOutside = goldCounts.get("O") ?? 0;
  if (words > 0 && predictedCounts.get("O") === words && goldOutside < words) {
    return `All ${words} words are tagged O although ${
      words - goldOutside
    } of them carry an entity in gold: ` +
      "the tagger has collapsed";
  }
  for (const [tag, count] of predictedCounts) {
    const goldCount = goldCounts.get(tag) ?? 0;
    if (count / words > COLLAPSE_SHARE && goldCount / words <= COLLAPSE_SHARE) {
      const percent = (part: number) => (100 * part / words).toFixed(1);
      return `${percent(count)} % of the ${words} words are tagged ${tag}, in gold ${
        percent(goldCount)
      } %: ` +
        "the tagger has collapsed";
    }
  }
  return null;
}

function countTags(sentences: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const tags of sentences) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return counts;
}
