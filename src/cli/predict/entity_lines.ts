/** Entities as a person reads them. */

import { formatTable, harmless } from "../frame/format.ts";

/** What is shown of an entity. */
export interface ShownEntity {
  readonly type: string;
  readonly text: string;
  /** 0 to 1. */
  readonly score: number;
}

/** A sentence and, indented under it, a line for each entity: type, text, score. */
export function formatEntities(sentence: string, entities: readonly ShownEntity[]): string {
  const rows = entities.map(({ type, text, score }) => [`  ${type}`, harmless(text), score.toFixed(2)]);
  return [harmless(sentence), ...formatTable(rows)].join("\n");
}
