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
const LONGEST_AFFIX = 4;

/**
 * Traits by how far they are seen: `[0]` by the word itself, `[1]` by its neighbours too, up to {@linkcode
 * WINDOW}.
 */
export type WordTraits = readonly (readonly string[])[];

/** The traits of the place before the first word, and of that after the last. */
export const EDGE: WordTraits = [[], [], ["edge"]];

/**
 * The traits of a word. Its shape is seen from afar; its form in small letters, whether it has capital
 * letters, digits or no letter at all, and its first and last letters from its neighbours. A word with marks
 * shows those letters without them too, since tones are often left out.
 */
export function wordTraits(word: string): WordTraits {
  const composed = word.normalize("NFC");
  const form = composed.toLowerCase();
  const near = new Set([`form ${form}`]);
  if (/^[\p{Lu}\p{Lt}]/u.test(composed)) {
    near.add("capital").add(/^.[^\p{Lu}\p{Lt}]*$/su.test(composed) ? "title" : "capitals");
  }
  if (/\p{Lu}/u.test(composed) && !/\p{Ll}/u.test(composed)) near.add("upper");
  if (/\p{N}/u.test(composed)) near.add("digit");
  if (!/[\p{L}\p{N}]/u.test(composed)) near.add("mark");
  for (const written of [form, withoutMarks(form)]) {
    const letters = [...written];
    for (let length = 1; length <= LONGEST_AFFIX && length < letters.length; length++) {
      near.add(`prefix ${letters.slice(0, length).join("")}`);
      near.add(`suffix ${letters.slice(-length).join("")}`);
    }
  }
  return [["always"], [...near], [`shape ${shapeOf(composed)}`]];
}

function withoutMarks(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
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
