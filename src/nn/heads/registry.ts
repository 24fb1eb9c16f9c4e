/** The kinds of tagging heads. */

import type { TaggingHeadKind } from "./head.ts";
import { linearChain } from "./linear_chain.ts";
import { tokenClassification } from "./token_classification.ts";

const kinds = new Map<string, TaggingHeadKind>();
addTaggingHead(tokenClassification);
addTaggingHead(linearChain);

/** Makes a kind known to training, and to whoever opens a model that was saved with it. */
export function addTaggingHead(head: TaggingHeadKind): void {
  kinds.set(head.kind, head);
}

/** The kind of this name, if there is one. */
export function taggingHead(kind: string): TaggingHeadKind | undefined {
  return kinds.get(kind);
}

/** The names of all kinds. */
export function taggingHeadNames(): string[] {
  return [...kinds.keys()];
}
