import type { Tagged } from "../evaluation/decoding.ts";
import { entitiesOf } from "../data/entities.ts";
import { splitGiven, splitSentences, splitWords, type TextSpan } from "../text/words.ts";
import type { Tagger } from "./model_tagger.ts";
import { type TagOptions, tagSentences } from "./tagger.ts";

/**
 * A mention in a text. Its offsets count from the beginning of the whole text: `text.slice(start, end)` is
 * the mention.
 */
export interface PredictedEntity extends TextSpan {
  /** The part of its tags after `B-` and `I-`, for example `PER`. */
  readonly type: string;
  /**
   * Probability that exactly this mention stands here, of this type, 0 to 1; calibrated on dev in training.
   */
  readonly score: number;
}

/** A sentence of a text, with offsets into the whole text. */
export interface PredictedSentence extends TextSpan {
  /** As {@linkcode splitWords} splits them, `[words]`. */
  readonly words: readonly TextSpan[];
  /** One IOB2 tag a word, `[words]`. */
  readonly tags: readonly string[];
  /** From left to right; they never overlap. */
  readonly entities: readonly PredictedEntity[];
}

/** How a text is read and tagged. */
export interface PredictOptions extends TagOptions {
  /** Takes lines as sentences, and what stands between spaces and tabs as words. */
  readonly preSplit?: boolean;
}

/** What is found in a text. */
export interface Prediction {
  /** Every sentence with at least one word, in the order of the text. */
  readonly sentences: readonly PredictedSentence[];
}

/**
 * Finds the entities in raw text. Sentences end at line breaks and at closing punctuation, words are split as
 * NER corpora do it ({@linkcode splitSentences}, {@linkcode splitWords}); a text without a word has no
 * sentences.
 *
 * @throws {CheckpointError} if the weights give logits that are not finite
 */
export async function predict(
  tagger: Tagger,
  text: string,
  { preSplit = false, ...options }: PredictOptions = {},
): Promise<Prediction> {
  const split = (preSplit ? splitGiven(text) : splitSentences(text).map(splitSentence))
    .map(({ sentence, words }) => ({ sentence, words: words.map((word) => shift(word, sentence)) }))
    .filter(({ words }) => words.length > 0);
  const tagged = await tagSentences(
    tagger,
    split.map(({ words }) => words.map(({ text }) => text)),
    options,
  );
  const sentences = split.map(({ sentence, words }, i) => ({
    ...sentence,
    words,
    tags: tagged[i].tags,
    entities: entitiesIn(sentence, words, tagged[i]),
  }));
  return { sentences };
}

function splitSentence(sentence: TextSpan): { sentence: TextSpan; words: TextSpan[] } {
  return { sentence, words: splitWords(sentence.text) };
}

/**
 * UTF-16 units that are read before they are tagged together: some hundred sentences, so that batches fill.
 */
const BLOCK_LENGTH = 2 ** 14;

/**
 * Finds the entities in text that comes in pieces, however it is cut, and yields sentence by sentence what
 * {@linkcode predict} finds in the whole, without holding the whole: only as much as `blockLength` UTF-16
 * units and the end of a line.
 */
export async function* predictStream(
  tagger: Tagger,
  pieces: AsyncIterable<string>,
  { blockLength = BLOCK_LENGTH, ...options }: PredictOptions & { readonly blockLength?: number } = {},
): AsyncGenerator<PredictedSentence> {
  let origin: Origin = { start: 0, startCodePoint: 0 };
  for await (const block of wholeLines(pieces, blockLength)) {
    for (const sentence of (await predict(tagger, block, options)).sentences) {
      yield {
        ...shift(sentence, origin),
        words: sentence.words.map((word) => shift(word, origin)),
        entities: sentence.entities.map((entity) => shift(entity, origin)),
      };
    }
    let codePoints = 0;
    for (const _ of block) codePoints++;
    origin = { start: origin.start + block.length, startCodePoint: origin.startCodePoint + codePoints };
  }
}

/** Blocks that end with a line, because there every sentence ends too. */
async function* wholeLines(pieces: AsyncIterable<string>, blockLength: number): AsyncGenerator<string> {
  let kept: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    kept.push(piece);
    length += piece.length;
    const cut = piece.lastIndexOf("\n") + 1;
    if (length < blockLength || cut === 0) continue;
    const text = kept.join("");
    const rest = piece.slice(cut);
    yield text.slice(0, text.length - rest.length);
    kept = [rest];
    length = rest.length;
  }
  const last = kept.join("");
  if (last !== "") yield last;
}

/** Where a piece of text begins in the whole. */
type Origin = Pick<TextSpan, "start" | "startCodePoint">;

function shift<T extends TextSpan>(span: T, origin: Origin): T {
  return {
    ...span,
    start: span.start + origin.start,
    end: span.end + origin.start,
    startCodePoint: span.startCodePoint + origin.startCodePoint,
    endCodePoint: span.endCodePoint + origin.startCodePoint,
  };
}

function entitiesIn(
  sentence: TextSpan,
  words: readonly TextSpan[],
  { tags, entityScores }: Tagged,
): PredictedEntity[] {
  return entitiesOf(tags, "strict").map((entity, i) => {
    const { start, startCodePoint } = words[entity.start];
    const { end, endCodePoint } = words[entity.end - 1];
    return {
      type: entity.type,
      text: sentence.text.slice(start - sentence.start, end - sentence.start),
      score: entityScores[i],
      start,
      end,
      startCodePoint,
      endCodePoint,
    };
  });
}
