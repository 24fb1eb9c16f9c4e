/** Config, tokenizer and fitness of a model directory, for inspect. */

import { maxTokens, readConfig } from "../../model/config.ts";
import { tokenClassification } from "../../nn/heads/token_classification.ts";
import { matchParameters } from "../../model/match_parameters.ts";
import { labelSetOf } from "../../data/label_set.ts";
import { ownDecoder } from "../../model/own_decoder.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { readPart } from "../../checkpoint/model_folder.ts";
import type { TensorSource } from "../../checkpoint/safetensors.ts";
import { openTokenizer } from "../../model/tokenizer_files.ts";
import { decodeJson, type Store } from "../../store/store.ts";
import { counted, formatCount, formatTable, harmless } from "../frame/format.ts";

/** What a directory holds beside tensors. */
export interface ModelSummary {
  readonly config: ModelConfig;
  readonly tokenizer: TokenizerSummary | null;
  /** What a tagger would take from the checkpoint. */
  readonly tagger: TaggerSummary;
}

interface TokenizerSummary {
  /** WordPiece, Unigram or BPE. */
  readonly kind: string;
  readonly vocabSize: number;
  /** Special tokens by role, as text and id; roles that the tokenizer lacks are left out. */
  readonly special: Readonly<Record<string, { readonly token: string; readonly id: number }>>;
}

interface TaggerSummary {
  /** Number of its parameters that have a tensor. */
  readonly loaded: number;
  /** Parameters that begin at random. */
  readonly fresh: readonly string[];
  /** Tensors of another head, or of nothing that Lacuna knows. */
  readonly unused: readonly string[];
  /** Tensors that Lacuna never needs: pooler, index buffers, copies of tied weights. */
  readonly needless: number;
  /** A decoder with values of its own, though config.json ties it to the word embeddings. */
  readonly ownDecoder: string | null;
}

/**
 * Reads config.json and the tokenizer of a directory and matches its tensors with a tagger's parameters.
 *
 * @throws {CheckpointError} if one of them is damaged or they do not fit together
 */
export async function readModel(store: Store, source: TensorSource): Promise<ModelSummary> {
  const config = await readConfig(store, "");
  const decoder = await ownDecoder(source, config);
  return {
    config,
    tokenizer: await readTokenizer(store, config),
    tagger: matchTagger(source, { config, decoder }),
  };
}

async function readTokenizer(store: Store, config: ModelConfig): Promise<TokenizerSummary | null> {
  const part = await readPart(store, "", "tokenizer.json");
  if (!part) return null;
  const { tokenizer } = await openTokenizer(store, { dir: "", config });
  const { model } = decodeJson(part.bytes, part.file) as { model: { type?: string } };
  const { clsId, sepId, unkId, padId, maskId } = tokenizer;
  const roles = { cls: clsId, sep: sepId, unk: unkId, pad: padId, mask: maskId };
  const special = Object.entries(roles).flatMap(([role, id]) =>
    id === undefined ? [] : [[role, { token: tokenizer.idToToken(id) ?? "", id }] as const]
  );
  return {
    kind: model.type ?? "of a kind that the file does not name",
    vocabSize: tokenizer.vocabSize,
    special: Object.fromEntries(special),
  };
}

function matchTagger(
  source: TensorSource,
  { config, decoder }: { config: ModelConfig; decoder: string | undefined },
): TaggerSummary {
  // Without tags of its own the head begins at random whatever its tags will be.
  const labels = config.numLabels > 0 ? config.id2label : ["O"];
  const { tensors, fresh, unused } = matchParameters(source, config, {
    tagging: tokenClassification.of(labels),
  });
  return {
    loaded: tensors.size,
    fresh,
    unused,
    needless: source.tensors.size - tensors.size - unused.length - (decoder === undefined ? 0 : 1),
    ownDecoder: decoder ?? null,
  };
}

/** The summary as lines for a terminal. */
export function describeModel({ config, tokenizer, tagger }: ModelSummary): string {
  const { loaded, fresh, unused, needless, ownDecoder } = tagger;
  const special = Object.entries(tokenizer?.special ?? {})
    .map(([role, { token, id }]) => `${role} ${harmless(token)} ${id}`);
  const listed = (names: readonly string[]) => names.length > 0 ? `: ${names.map(harmless).join(", ")}` : "";
  const sizes = formatTable([
    ["  layers", formatCount(config.numHiddenLayers)],
    ["  hidden size", formatCount(config.hiddenSize)],
    ["  attention heads", formatCount(config.numAttentionHeads)],
    ["  feed-forward size", formatCount(config.intermediateSize)],
    ["  vocabulary", formatCount(config.vocabSize)],
    ["  longest sequence", counted(maxTokens(config), "token")],
    ["  tags", config.id2label.map(harmless).join(", ") || "none"],
    ...config.numLabels > 0
      ? [["  scheme", labelSetOf(config.id2label)?.scheme ?? "none that Lacuna knows"]]
      : [],
  ]);
  return [
    `model: ${config.modelType}`,
    ...sizes,
    "",
    tokenizer === null
      ? "tokenizer: none, there is no tokenizer.json"
      : `tokenizer: ${harmless(tokenizer.kind)}, ${counted(tokenizer.vocabSize, "piece")}\n  ${
        special.join(", ")
      }`,
    "",
    "as a tagger",
    `  loads ${counted(loaded, "tensor")}`,
    `  misses ${counted(fresh.length, "tensor")}, to begin at random${listed(fresh)}`,
    `  does not use ${counted(unused.length, "tensor")}${listed(unused)}`,
    `  never needs ${counted(needless, "tensor")} (pooler, index buffers, copies of tied weights)`,
    ...ownDecoder === null ? [] : [
      `  ${harmless(ownDecoder)} has other values than the word embeddings, to which config.json ties it: ` +
      "pretrain and masking objectives refuse it until tie_word_embeddings is false",
    ],
  ].join("\n");
}
