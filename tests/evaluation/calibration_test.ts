import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { expectedCalibrationError, fitTemperature, type Scored } from "../../src/evaluation/calibration.ts";
import { tagDecoder } from "../../src/evaluation/decoding.ts";
import { Random } from "../../src/random/random.ts";

const scored = (score: number, ...right: number[]): Scored[] =>
  right.map((correct) => ({ score, correct: correct === 1 }));

Deno.test("expectedCalibrationError() weighs the distance of score and accuracy of each bin by what is in it", () => {
  // Right three times of four at 0.95, and never at 0.55; 0.5 and 0.55 are one bin, 0.6 is another.
  const all = [...scored(0.95, 1, 1, 1, 0), ...scored(0.55, 0), ...scored(0.5, 0), ...scored(0.6, 1)];
  const expected = 4 / 7 * 0.2 + 2 / 7 * 0.525 + 1 / 7 * 0.4;
  assertAlmostEquals(expectedCalibrationError(all), expected, 1e-12);
  assertEquals(expectedCalibrationError(scored(1, 1, 1)), 0);
  assertEquals(expectedCalibrationError([]), 0);
});

Deno.test("fitTemperature() finds how much too sure a tagger is, and calibrates it", async () => {
  const random = new Random(3, "calibration");
  const labels = ["O", "B-X", "I-X"];
  const decoder = tagDecoder(labels, { legal: false });
  // Words whose tags are drawn as the logits say, and then logits three times as large.
  const sentences = Array.from({ length: 400 }, () => {
    const logits = Float32Array.from({ length: 9 }, () => 2 * random.normal());
    const gold = [0, 3, 6].map((row) => {
      const weights = [...logits.subarray(row, row + 3)].map(Math.exp);
      let rest = random.uniform() * weights.reduce((a, b) => a + b);
      return labels[weights.findIndex((weight) => (rest -= weight) < 0)];
    });
    return { logits: logits.map((logit) => 3 * logit), gold };
  });
  const temperature = await fitTemperature((temperature) =>
    Promise.resolve(
      sentences.reduce((sum, { logits, gold }) => sum + decoder.surprise(logits, gold, temperature), 0),
    )
  );
  assertAlmostEquals(temperature, 3, 0.25);
  const errorAt = (temperature: number) =>
    expectedCalibrationError(sentences.flatMap(({ logits, gold }) => {
      const { tags } = decoder.decode(logits);
      const scores = decoder.entityScores(logits, tags, temperature);
      const starts = tags.flatMap((tag, word) => tag === "B-X" ? [word] : []);
      return starts.map((start, i) => {
        const after = tags.findIndex((tag, word) => word > start && tag !== "I-X");
        const end = after < 0 ? tags.length : after;
        const correct = tags.slice(start, end + 1).every((tag, at) =>
          at + start === end ? gold[end] !== "I-X" : gold[at + start] === tag
        );
        return { score: scores[i], correct };
      });
    }));
  assert(errorAt(1) > 0.15 && errorAt(temperature) < 0.06, `${errorAt(1)} ${errorAt(temperature)}`);
});

Deno.test("fitTemperature() stays within bounds where dev has no error, or nothing but errors", async () => {
  assertAlmostEquals(await fitTemperature((temperature) => Promise.resolve(temperature)), 0.25, 1e-3);
  assertAlmostEquals(await fitTemperature((temperature) => Promise.resolve(-temperature)), 8, 0.02);
});
