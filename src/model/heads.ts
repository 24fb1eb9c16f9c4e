import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";
import type { Head, TaggingHead } from "../nn/heads/head.ts";
import { maskedLm } from "../nn/heads/masked_lm.ts";
import { sharedSpecs } from "../nn/heads/transform.ts";
import type { ParameterSpec } from "../nn/specs.ts";

/** Which heads of a checkpoint a model has. */
export interface HeadOptions {
  /** The head that tags. */
  readonly tagging?: TaggingHead;
  /**
   * The kind of the checkpoint's own tagging head, where `config` says that of the model. Default: what
   * `config` says.
   */
  readonly checkpointHead?: string;
  /** Whether it has a head that predicts masked pieces. */
  readonly maskedLm?: boolean;
}

/** The heads of a checkpoint, in the order of their parameters. */
export function savedHeads(options: HeadOptions): Head[] {
  return [...options.tagging ? [options.tagging] : [], ...options.maskedLm ? [maskedLm] : []];
}

/** Every parameter of an encoder with heads, from the embeddings upwards. */
export function specsOf(config: ModelConfig, heads: readonly Head[]): ParameterSpec[] {
  const shared = heads.length > 0 ? sharedSpecs(config) : [];
  return [...familyOf(config).specs(config), ...shared, ...heads.flatMap((head) => head.specs(config))];
}
