import { entitiesOf } from "../data/entities.ts";
import type { Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { type Calibration, expectedCalibrationError, fitTemperature } from "../evaluation/calibration.ts";
import { keyOf } from "../evaluation/precision_recall.ts";
import { type ScoreReport, scoreSentences } from "../evaluation/scores.ts";
import { InnerTagger, type Tagger } from "./model_tagger.ts";

/** How well a tagger does on labelled sentences. */
export interface Evaluation {
  readonly report: ScoreReport;
  /** Mean loss of the words' tags, in nats; 0 where there is no word. */
  readonly loss: number;
  /** How far the scores of the found entities are from the truth. */
  readonly calibration: Calibration;
}

/**
 * How well the scores of found entities are calibrated.
 *
 * @param options `scores` are those of each sentence's entities, at temperature 1 and at the one that is
 * named
 */
export function calibrationOf(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  { temperature, before, after }: {
    readonly temperature: number;
    readonly before: readonly ArrayLike<number>[];
    readonly after: readonly ArrayLike<number>[];
  },
): Calibration {
  const correct = predicted.map((tags, i) => {
    const own = new Set(entitiesOf(gold[i], "strict").map(keyOf));
    return entitiesOf(tags, "strict").map((entity) => own.has(keyOf(entity)));
  });
  const errorOf = (scores: readonly ArrayLike<number>[]) =>
    expectedCalibrationError(
      correct.flatMap((own, i) => own.map((correct, e) => ({ score: scores[i][e], correct }))),
    );
  return { temperature, before: errorOf(before), after: errorOf(after) };
}

/**
 * Tags labelled sentences and compares the tags with theirs, all of which the tagger knows.
 *
 * @param options `trainingMentions` are the texts of the mentions in training, to tell seen names from unseen
 * ones; `temperature` is that of the scores, and without it the one that fits these sentences best
 * @throws {CheckpointError} if the weights give logits that are not finite
 * @throws the signal's reason, if it is aborted
 */
export async function evaluateTagger(
  tagger: InnerTagger,
  sentences: readonly Sentence[],
  { trainingMentions, temperature: given, signal }: {
    trainingMentions: ReadonlySet<string>;
    temperature?: number;
    signal?: AbortSignal;
  },
): Promise<Evaluation> {
  const words = sentences.map(({ words }) => words);
  const gold = sentences.map(({ tags }) => tags);
  const decoder = await tagger.decoder({ temperature: 1 });
  const predicted: string[][] = [];
  const before: Float64Array[] = [];
  let [loss, count] = [0, 0];
  const allLogits = await tagger.logits(words, { signal });
  for (const [i, logits] of allLogits.entries()) {
    await yieldToHost(signal);
    const { tags, entityScores } = decoder.decode(logits);
    predicted.push(tags);
    before.push(entityScores);
    loss += decoder.loss(logits, gold[i]);
    count += words[i].length;
  }
  const report = scoreSentences(gold, predicted, { trainingMentions, words });
  // Where nothing was to be found, scores would fit best that are as low as can be.
  const fits = report.sentences.withEntities > 0;
  const temperature = given ?? (fits ? await fitTemperature(surpriseAt) : 1);
  const after: Float64Array[] = [];
  for (const [i, logits] of allLogits.entries()) {
    await yieldToHost(signal);
    after.push(decoder.entityScores(logits, predicted[i], temperature));
  }
  const calibration = calibrationOf(gold, predicted, { temperature, before, after });
  return { report, loss: count === 0 ? 0 : loss / count, calibration };

  async function surpriseAt(temperature: number): Promise<number> {
    let sum = 0;
    for (const [i, logits] of allLogits.entries()) {
      await yieldToHost(signal);
      sum += decoder.surprise(logits, gold[i], temperature);
    }
    return sum;
  }
}

/**
 * Tags sentences whose tags may be others than the tagger knows, and compares its entity scores with the
 * truth, with its temperature and without.
 *
 * @throws {CheckpointError} if the weights give logits that are not finite
 */
export async function tagAndCalibrate(
  tagger: Tagger,
  sentences: readonly Sentence[],
): Promise<{ predicted: string[][]; calibration: Calibration }> {
  const inner = InnerTagger.of(tagger);
  const { temperature } = inner;
  const decoder = await inner.decoder({ temperature });
  const predicted: string[][] = [];
  const [before, after]: Float64Array[][] = [[], []];
  for (const logits of await inner.logits(sentences.map(({ words }) => words))) {
    await yieldToHost();
    const { tags, entityScores } = decoder.decode(logits);
    predicted.push(tags);
    before.push(decoder.entityScores(logits, tags, 1));
    after.push(entityScores);
  }
  const gold = sentences.map(({ tags }) => tags);
  return { predicted, calibration: calibrationOf(gold, predicted, { temperature, before, after }) };
}
