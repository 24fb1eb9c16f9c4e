/**
 * What kind of mistake a tagger makes: every gold and every predicted entity falls into exactly one kind.
 *
 * @module
 */

import type { Entity } from "../data/entities.ts";

/**
 * - `correct`: same words, same type
 * - `wrongType`: same words, another type
 * - `tooShort`, `tooLong`, `shifted`: right type, the predicted words lie inside the gold ones, contain them,
 *   or overlap them on one side
 * - `both`: overlapping words, wrong type and wrong boundary
 * - `missed`: a gold entity without a partner
 * - `invented`: a predicted entity without a partner
 */
export const ERROR_KINDS = [
  "correct",
  "wrongType",
  "tooShort",
  "tooLong",
  "shifted",
  "both",
  "missed",
  "invented",
] as const;

/** One of `ERROR_KINDS`. */
export type ErrorKind = typeof ERROR_KINDS[number];

/** One finding: a pair, a gold entity alone (`missed`) or a predicted entity alone (`invented`). */
export type Match =
  | {
    readonly kind: Exclude<ErrorKind, "missed" | "invented">;
    readonly gold: Entity;
    readonly predicted: Entity;
  }
  | { readonly kind: "missed"; readonly gold: Entity }
  | { readonly kind: "invented"; readonly predicted: Entity };

/** How many findings there are of each kind. A pair is one finding, though it costs precision and recall. */
export type ErrorCounts = Readonly<Record<ErrorKind, number>>;

/**
 * Pairs the gold and predicted entities of one sentence, one to one. Pairs that share words are taken in this
 * order: same boundary before right type before any overlap; among those the larger overlap, then the pair
 * further left. What is left over is missed or invented. So a long prediction over two gold entities is one
 * `tooLong` and one `missed`.
 *
 * Both lists run from left to right without overlap, as `entitiesOf` gives them.
 */
export function matchEntities(gold: readonly Entity[], predicted: readonly Entity[]): Match[] {
  let first = 0;
  const candidates = gold.flatMap((g) => {
    while (predicted[first]?.end <= g.start) first++;
    let end = first;
    while (predicted[end]?.start < g.end) end++;
    return predicted.slice(first, end).map((p) => ({ gold: g, predicted: p, kind: kindOf(g, p) }));
  });
  candidates.sort((a, b) =>
    rankOf(a.kind) - rankOf(b.kind) ||
    overlap(b.gold, b.predicted) - overlap(a.gold, a.predicted) ||
    a.gold.start - b.gold.start || a.predicted.start - b.predicted.start
  );
  const paired = new Set<Entity>();
  const matches: Match[] = [];
  for (const pair of candidates) {
    if (paired.has(pair.gold) || paired.has(pair.predicted)) continue;
    paired.add(pair.gold).add(pair.predicted);
    matches.push(pair);
  }
  for (const entity of gold) if (!paired.has(entity)) matches.push({ kind: "missed", gold: entity });
  for (const entity of predicted) {
    if (!paired.has(entity)) matches.push({ kind: "invented", predicted: entity });
  }
  return matches;
}

/** Adds up the findings of all sentences; `gold[i]` and `predicted[i]` are the entities of sentence i. */
export function countErrors(
  gold: readonly (readonly Entity[])[],
  predicted: readonly (readonly Entity[])[],
): ErrorCounts {
  const counts = Object.fromEntries(ERROR_KINDS.map((kind) => [kind, 0])) as Record<ErrorKind, number>;
  for (const [sentence, goldEntities] of gold.entries()) {
    for (const { kind } of matchEntities(goldEntities, predicted[sentence])) counts[kind]++;
  }
  return counts;
}

type PairKind = Exclude<ErrorKind, "missed" | "invented">;

/** The kind of a pair that shares at least one word. */
function kindOf(gold: Entity, predicted: Entity): PairKind {
  const sameType = gold.type === predicted.type;
  if (gold.start === predicted.start && gold.end === predicted.end) return sameType ? "correct" : "wrongType";
  if (!sameType) return "both";
  if (predicted.start >= gold.start && predicted.end <= gold.end) return "tooShort";
  if (predicted.start <= gold.start && predicted.end >= gold.end) return "tooLong";
  return "shifted";
}

function rankOf(kind: PairKind): number {
  if (kind === "correct" || kind === "wrongType") return 0;
  return kind === "both" ? 2 : 1;
}

/** The number of words that two entities share, negative when they lie apart. */
function overlap(a: Entity, b: Entity): number {
  return Math.min(a.end, b.end) - Math.max(a.start, b.start);
}
