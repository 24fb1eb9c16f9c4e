import { endsInAbbreviation, endsWithStop } from "../text/words.ts";
import type { Sentence } from "./sentence.ts";

/** Where a sentence begins in what was read: a sentence of the file, and a word of it. */
export interface Origin {
  readonly sentence: number;
  readonly word: number;
}

/** Sentences after documents were cut. */
export interface CutSentences {
  readonly sentences: Sentence[];
  originOf(sentence: number): Origin;
  /** What was done, if anything. */
  readonly note?: string;
}

/** A word that another sentence can begin with: no small letter, no closing mark. */
const GOES_ON = /^[\p{Ll}\p{Pe}\p{Pf},;:\-–—]/u;
/** Quotes and brackets that close a sentence as words of their own. */
const CLOSES = /^["'”’»)\]]+$/;

/**
 * Cuts documents that stand as one sentence at the ends of their sentences, which is what tools give that
 * know no sentences. Without being told, only where sentences have one end or more inside on average.
 * Mentions stay whole.
 */
export function cutDocuments(sentences: Sentence[], cut: boolean | undefined): CutSentences {
  const whole = () => ({ sentences, originOf: (sentence: number) => ({ sentence, word: 0 }) });
  if (cut === false) return whole();
  const ends = sentences.map(innerEnds);
  const inside = ends.reduce((sum, { length }) => sum + length, 0);
  if (inside === 0 || cut === undefined && inside < sentences.length) return whole();
  const pieces: Sentence[] = [];
  const origins: Origin[] = [];
  for (const [sentence, { words, tags }] of sentences.entries()) {
    let start = 0;
    for (const end of [...ends[sentence], words.length]) {
      pieces.push({ words: words.slice(start, end), tags: tags.slice(start, end) });
      origins.push({ sentence, word: start });
      start = end;
    }
  }
  const note = `${sentences.length} documents that stood as one sentence each were cut into ${pieces.length}`;
  return { sentences: pieces, originOf: (sentence) => origins[sentence], note };
}

/** The words before which a sentence inside of another begins. */
function innerEnds({ words, tags }: Sentence): number[] {
  const ends: number[] = [];
  // Whether the words up to here end a sentence: closing marks on their own may follow the stop.
  let ended = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (ended && !CLOSES.test(word) && !endsWithStop(word)) {
      if (!GOES_ON.test(word) && tags[i][0] !== "I") ends.push(i);
      ended = false;
    }
    if (ended || !endsWithStop(word)) continue;
    const before = word === "." ? words[i - 1] ?? "" : word.endsWith(".") ? word.slice(0, -1) : "";
    ended = !endsInAbbreviation(before);
  }
  return ends;
}
