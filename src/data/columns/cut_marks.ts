import { splitWords } from "../../text/words.ts";

/** Whether a word is nothing but marks. */
const MARKS = /^[\p{P}\p{S}]+$/u;

/**
 * Cuts marks off words in place, as raw text is cut when a tagger reads it: `Mwanza.` is the word of a tool
 * that cuts at white space alone. Marks at the edges of a mention are no part of it. Gives the number that
 * each word had before.
 */
export function cutMarks(sentences: { words: string[]; tags: string[] }[]): number[][] {
  return sentences.map((sentence) => {
    const { words, tags } = sentence;
    const [cut, cutTags, origins]: [string[], string[], number[]] = [[], [], []];
    for (const [i, word] of words.entries()) {
      const pieces = splitWords(word).map(({ text }) => text);
      if (pieces.length < 2) pieces.splice(0, pieces.length, word);
      const [prefix, type] = [tags[i][0], tags[i].slice(2)];
      const goesOn = tags[i + 1]?.[0] === "I" && tags[i + 1].slice(2) === type;
      const first = prefix === "I" ? 0 : pieces.findIndex((piece) => !MARKS.test(piece));
      const last = goesOn ? pieces.length - 1 : pieces.findLastIndex((piece) => !MARKS.test(piece));
      for (const [p, piece] of pieces.entries()) {
        // A mention of marks alone stays what it is.
        const inside = first < 0 || last < 0 || p >= first && p <= last;
        const begins = prefix === "B" && p === Math.max(first, 0);
        cut.push(piece);
        cutTags.push(prefix === "O" || !inside ? "O" : `${begins ? "B" : "I"}-${type}`);
        origins.push(i);
      }
    }
    sentence.words = cut;
    sentence.tags = cutTags;
    return origins;
  });
}
