import { parseTag } from "../data/scheme.ts";
import { OptionError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** The piece that marks the words of each entity type. */
export type Markers = ReadonlyMap<string, number>;

/**
 * A marker for each entity type. MELM adds new tokens for them, which begin with the embeddings of related
 * words; here the vocabulary does not grow, and a marker is the first piece of the type's name that no type
 * before it has.
 *
 * @throws {OptionError} if the vocabulary has no piece of its own for a type
 */
export function typeMarkers(
  types: readonly string[],
  tokenizer: Pick<Tokenizer, "encodeWord" | "decode" | "specialIds">,
): Markers {
  const markers = new Map<string, number>();
  const taken = new Set(tokenizer.specialIds);
  for (const type of types) {
    const pieces = tokenizer.encodeWord(type);
    const marker = pieces.find((id) => !taken.has(id) && tokenizer.decode([id]) !== "");
    if (marker === undefined) {
      throw new OptionError(
        new Message(
          `Expected a piece of the vocabulary to mark the names of type ${type} with but found none that is not `,
          "special or another type's: give the type another name, ",
          message`or train without ${setting("augmentation")}`,
        ),
      );
    }
    taken.add(marker);
    markers.set(type, marker);
  }
  return markers;
}

/**
 * A window with the marker of its type before and after each word of a name, so that a masked-LM knows what
 * to predict there: the linearised sentence of MELM (Zhou et al. 2022, arXiv:2108.13655), whose markers tell
 * `B-` from `I-` besides. Markers belong to no word (`wordOf` is -1), as special tokens do, so nothing ever
 * masks them.
 *
 * @param tags IOB2 tags of all words of the sentence
 */
export function markNames(
  encoded: Encoded,
  { tags, markers }: { readonly tags: readonly string[]; readonly markers: Markers },
): Encoded {
  const ids: number[] = [];
  const wordOf: number[] = [];
  const labelRows: number[] = [];
  const add = (id: number, word: number) => {
    ids.push(id);
    wordOf.push(word);
  };
  encoded.ids.forEach((id, row) => {
    const word = encoded.wordOf[row];
    const marker = word < 0 ? undefined : markers.get(parseTag(tags[word])?.type ?? "");
    const [first, last] = [encoded.wordOf[row - 1] !== word, encoded.wordOf[row + 1] !== word];
    if (marker !== undefined && first) add(marker, -1);
    if (word >= 0 && first) labelRows.push(ids.length);
    add(id, word);
    if (marker !== undefined && last) add(marker, -1);
  });
  return { ...encoded, ids, wordOf, labelRows };
}
