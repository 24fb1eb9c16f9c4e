import { entitiesOf } from "../data/entities.ts";
import { OptionError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { WordRows } from "./word_rows.ts";

/**
 * The gold mentions of a window: for each, the indices into `words` of its words. A mention that the window
 * cuts counts with the words that the window has. `tags` are the IOB2 tags of the whole sentence; an `I-`
 * that continues nothing begins a mention.
 *
 * @throws {OptionError} when there are no tags.
 * @throws {RangeError} when there are fewer tags than words.
 */
export function mentionsIn(words: readonly WordRows[], tags: readonly string[] | undefined): number[][] {
  if (tags === undefined) {
    throw new OptionError(
      new Message(
        message`Expected tagged sentences for ${setting("masking", "entity")} and context `,
        message`but found text without tags: use ${setting("masking", "span")} there`,
      ),
    );
  }
  const needed = (words.at(-1)?.word ?? -1) + 1;
  if (tags.length < needed) {
    throw new RangeError(`Expected a tag for each of the ${needed} words but found ${tags.length} tags`);
  }
  const mentions = entitiesOf(tags, "lenient").map(({ start, end }) =>
    words.flatMap(({ word }, i) => start <= word && word < end ? [i] : [])
  );
  return mentions.filter((mention) => mention.length > 0);
}
