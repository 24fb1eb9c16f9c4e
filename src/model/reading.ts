/**
 * How a saved tagger reads words, and what tags them: what Lacuna has to know of it and transformers does
 * not.
 */

import type { ModelConfig } from "../nn/config.ts";
import { tokenClassification } from "../nn/heads/token_classification.ts";

/** Field of config.json that says it. */
const FIELD = "lacuna";

/** What differs from a token classification model of transformers. */
export interface Reading {
  /** Whether tags are read at masks before the words (src/masking/prompt.ts). */
  readonly prompt?: boolean;
  /** The kind of the tagging head. */
  readonly head?: string;
  /** What scores are divided by before probabilities come from them; fitted on dev. Default 1. */
  readonly temperature?: number;
}

/** The config of a tagger that reads so. */
export function withReading(config: ModelConfig, { prompt, head, temperature = 1 }: Reading): ModelConfig {
  const raw = Object.fromEntries(Object.entries(config.raw).filter(([name]) => name !== FIELD));
  const reading = {
    ...(prompt && { prompt }),
    ...(head !== undefined && head !== tokenClassification.kind && { head }),
    ...(temperature !== 1 && { temperature }),
  };
  return { ...config, raw: Object.keys(reading).length > 0 ? { ...raw, [FIELD]: reading } : raw };
}

/** Whether a tagger reads its tags at masks before the words. */
export function readsPrompt(config: ModelConfig): boolean {
  return readingOf(config).prompt === true;
}

/** The kind of a tagger's head. */
export function taggingKind(config: ModelConfig): string {
  const { head } = readingOf(config);
  return head === undefined ? tokenClassification.kind : String(head);
}

/** The config of the same tagger with another temperature. */
export function withTemperature(config: ModelConfig, temperature: number): ModelConfig {
  return withReading(config, { prompt: readsPrompt(config), head: taggingKind(config), temperature });
}

/**
 * What the scores of a tagger are divided by; undefined where config.json says something else than a number
 * above 0.
 */
export function temperatureOf(config: ModelConfig): number | undefined {
  const { temperature = 1 } = readingOf(config);
  const valid = typeof temperature === "number" && temperature > 0 && temperature < Infinity;
  return valid ? temperature : undefined;
}

function readingOf({ raw }: ModelConfig): Record<string, unknown> {
  const field = raw[FIELD];
  return typeof field === "object" && field !== null ? field as Record<string, unknown> : {};
}
