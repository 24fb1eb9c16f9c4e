/**
 * What a word shows without its meaning: how it is written, and how its neighbours are.
 *
 * A trait is something of one word; a feature is a trait at a distance, such as a capital letter two words
 * before. All are of code points in Unicode's composed form (NFC), so that a letter with its tone mark is one
 * letter however it was typed.
 *
 * @module
 */

/** The farthest neighbour that a word sees. */
export const WINDOW = 2;
/** Code points of the longest affix. */
const LONGEST_AFFIX = 3;

/**
 * Traits by how far they are seen: `[0]` by the word itself, `[1]` by its neighbours too, up to {@linkcode
 * WINDOW}.
 */
export type WordTraits = readonly (readonly string[])[];

/** The traits of the place before the first word, and of that after the last. */
export const EDGE: WordTraits = [[], [], ["edge"]];

/**
 * The traits of a word: its form in small letters, its shape, whether it has capital letters, digits or no
 * letter at all, and its first and last letters; and one that all words have.
 */
export function wordTraits(word: string): WordTraits {
  const composed = word.normalize("NFC");
  const form = composed.toLowerCase();
  const far = [`form ${form}`, `shape ${shapeOf(composed)}`];
  if (/^[\p{Lu}\p{Lt}]/u.test(composed)) {
    far.push("capital", /^.[^\p{Lu}\p{Lt}]*$/su.test(composed) ? "title" : "capitals");
  }
  if (/\p{Lu}/u.test(composed) && !/\p{Ll}/u.test(composed)) far.push("upper");
  if (/\p{N}/u.test(composed)) far.push("digit");
  if (!/[\p{L}\p{N}]/u.test(composed)) far.push("mark");
  const letters = [...form];
  const affixes: string[] = [];
  for (let length = 1; length <= LONGEST_AFFIX && length < letters.length; length++) {
    affixes.push(`prefix ${letters.slice(0, length).join("")}`, `suffix ${letters.slice(-length).join("")}`);
  }
  return [["always"], affixes, far];
}

/**
 * The shape of a word, runs as one: `X` for capital letters, `x` for small ones, `o` for letters of scripts
 * that have no case, `d` for digits, and marks as they are; combining ones belong to their letter.
 */
function shapeOf(word: string): string {
  const classes = Array.from(word, (letter) => {
    if (/[\p{Lu}\p{Lt}]/u.test(letter)) return "X";
    if (/\p{Ll}/u.test(letter)) return "x";
    if (/\p{L}/u.test(letter)) return "o";
    if (/\p{N}/u.test(letter)) return "d";
    return /\p{M}/u.test(letter) ? "" : letter;
  });
  return classes.filter((letter) => letter !== "").filter((letter, i, all) => letter !== all[i - 1]).join("");
}
