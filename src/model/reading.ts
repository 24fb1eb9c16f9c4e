/** How a saved tagger reads words, and what tags them: what Lacuna has to know of it and transformers does not. */

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
}

/** The config of a tagger that reads so. */
export function withReading(config: ModelConfig, { prompt, head }: Reading): ModelConfig {
  const raw = Object.fromEntries(Object.entries(config.raw).filter(([name]) => name !== FIELD));
  const reading = {
    ...(prompt && { prompt }),
    ...(head !== undefined && head !== tokenClassification.kind && { head }),
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

function readingOf({ raw }: ModelConfig): Record<string, unknown> {
  const field = raw[FIELD];
  return typeof field === "object" && field !== null ? field as Record<string, unknown> : {};
}
