/**
 * From IOB2 tags to entities, in the two readings that scorers use.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { parseTag } from "./scheme.ts";

/** A mention: words `start` to `end` of a sentence name something of `type`. */
export interface Entity {
  /** The part of the tag after `B-` or `I-`, for example `PER`. */
  readonly type: string;
  /** Its first word, counted from 0. */
  readonly start: number;
  /** The word after its last one. */
  readonly end: number;
}

/**
 * How illegal tag sequences are read. `strict`: only `B-` opens an entity, an `I-` that continues nothing is
 * ignored (seqeval with `mode="strict", scheme=IOB2`). `lenient`: such an `I-` opens an entity (seqeval's
 * default and the CoNLL evaluation script). Legal sequences read the same in both.
 */
export type Reading = "strict" | "lenient";

/**
 * The entities of one sentence, from left to right; they never overlap.
 *
 * `where` names the sentence in the error's text, for example "predicted sentence 12".
 *
 * @throws {DataError} when a tag is not `O`, `B-TYPE` or `I-TYPE`.
 */
export function entitiesOf(
  tags: readonly string[],
  reading: Reading,
  { where = "the sentence" }: { where?: string } = {},
): Entity[] {
  const entities: Entity[] = [];
  let open: { type: string; start: number } | undefined;
  const close = (end: number) => {
    if (open !== undefined) entities.push({ ...open, end });
    open = undefined;
  };
  for (const [word, tag] of tags.entries()) {
    const parts = parseTag(tag);
    if (parts === undefined) {
      throw new DataError(
        `Expected an IOB2 tag (O, B-TYPE or I-TYPE) but found ${quote(tag)} ` +
          `at word ${word + 1} of ${where}: convert the tags to IOB2 first`,
      );
    }
    if (parts.prefix === "I" && open?.type === parts.type) continue;
    close(word);
    const opens = parts.prefix === "B" || (parts.prefix === "I" && reading === "lenient");
    if (opens) open = { type: parts.type, start: word };
  }
  close(tags.length);
  return entities;
}
