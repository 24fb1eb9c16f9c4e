/** A CRF of word features, for inspect. */

import { DISTANCES, type WordCrf } from "../../crf/word_crf.ts";
import { WINDOW } from "../../crf/word_features.ts";
import { counted, formatTable, harmless } from "../frame/format.ts";

/** Features that are shown for a tag. */
const SHOWN = 5;

/** What a CRF of word features knows. */
export interface WordsSummary {
  readonly features: number;
  readonly labels: readonly string[];
  /** The features that speak most for each tag: a trait, its distance from the word, and its weight. */
  readonly strongest: Readonly<Record<string, readonly Feature[]>>;
}

interface Feature {
  readonly trait: string;
  /** Words from the tagged one to the one with the trait, negative to the left. */
  readonly distance: number;
  readonly weight: number;
}

/** The summary, ready for JSON. */
export function summariseWords({ parts: { labels, traits, rows, weights } }: WordCrf): WordsSummary {
  const strongest = labels.map((label, tag) => {
    const features = Array.from(rows, (row, i): Feature => ({
      trait: traits[Math.floor(i / DISTANCES)],
      distance: i % DISTANCES - WINDOW,
      weight: row < 0 ? 0 : weights[row * labels.length + tag],
    }));
    const positive = features.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
    return [label, positive.slice(0, SHOWN)];
  });
  return { features: weights.length / labels.length, labels, strongest: Object.fromEntries(strongest) };
}

/** The summary as lines for a terminal. */
export function describeWords(crf: WordCrf): string {
  const { features, labels, strongest } = summariseWords(crf);
  const place = (distance: number) =>
    distance === 0 ? "" : ` ${counted(Math.abs(distance), "word")} ${distance < 0 ? "before" : "after"}`;
  const rows = labels.flatMap((label) =>
    strongest[label].map(({ trait, distance, weight }, i) => [
      i === 0 ? `  ${harmless(label)}` : "",
      `${harmless(trait)}${place(distance)}`,
      weight.toFixed(2),
    ])
  );
  return [
    `a CRF of word features: ${counted(features, "feature")}, without an encoder`,
    "",
    "what speaks most for each tag",
    ...formatTable(rows),
  ].join("\n");
}
