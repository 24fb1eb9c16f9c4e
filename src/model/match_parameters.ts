/** Which tensor of a file is which parameter of a model. */

import { isFloatDtype, type TensorSource } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import { listed, quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";
import type { TaggingHead } from "../nn/heads/head.ts";
import { sharedSpecs } from "../nn/heads/transform.ts";
import { type HeadOptions, savedHeads } from "./heads.ts";
import { parameterName } from "./parameter_names.ts";
import { taggingKind } from "./reading.ts";

/** What {@linkcode matchParameters} found. */
export interface ParameterMatch {
  /** For each parameter that the file has: its tensor there, in the order of the model. */
  readonly tensors: ReadonlyMap<string, string>;
  /** Parameters of a head that the file does not have: they begin at random. */
  readonly fresh: readonly string[];
  /** Tensors of the file that this model does not use, apart from those that Lacuna never uses. */
  readonly unused: readonly string[];
}

/**
 * Finds the tensor of each parameter, whatever the prefix and age of the file's names, and checks shapes and
 * dtypes.
 *
 * The tags of a tagging head have to be those of config.json, in the same order, for the file's head to be
 * taken: otherwise its rows would mean other tags, and it is left unused. Of a head of another kind it takes
 * what has the same name, such as the classifier of a CRF.
 *
 * @throws {CheckpointError} if a parameter of the encoder is missing, a head is there in part only, two
 * tensors are the same parameter, or shape or dtype do not fit
 */
export function matchParameters(
  source: TensorSource,
  config: ModelConfig,
  options: HeadOptions,
): ParameterMatch {
  const family = familyOf(config);
  const available = normalisedNames(source, config);
  const { tagging, checkpointHead = taggingKind(config) } = options;
  if (tagging && !hasLabels(config, tagging)) {
    for (const { name } of tagging.specs(config)) available.delete(name);
  }

  const tensors = new Map<string, string>();
  const fresh: string[] = [];
  const isOtherKind = tagging !== undefined && tagging.kind !== checkpointHead;
  const heads = savedHeads(options);
  const parts = [
    { specs: family.specs(config), isHead: false, isOther: false },
    ...heads.length > 0 ? [{ specs: sharedSpecs(config), isHead: true, isOther: false }] : [],
    ...heads.map((head) => ({
      specs: head.specs(config),
      isHead: true,
      isOther: head === tagging && isOtherKind,
    })),
  ];
  for (const { specs, isHead, isOther } of parts) {
    const missing: string[] = [];
    for (const { name, shape } of specs) {
      const tensor = available.get(name);
      if (tensor === undefined) missing.push(name);
      else {
        checkTensor(source, tensor, shape);
        tensors.set(name, tensor);
      }
    }
    // Everything of the encoder has to be there, and of a head everything or nothing, unless it was of
    // another kind.
    const mayLack = isHead && (missing.length === specs.length || isOther);
    if (missing.length > 0 && !mayLack) {
      throw incomplete(source, missing);
    }
    fresh.push(...missing);
  }

  const used = new Set(tensors.values());
  const unused = [...source.tensors.keys()].filter((name) =>
    !used.has(name) && parameterName(config, name) !== undefined
  );
  return { tensors, fresh, unused };
}

/** From parameter to the file's name for it. */
function normalisedNames(source: TensorSource, config: ModelConfig): Map<string, string> {
  const names = new Map<string, string>();
  for (const name of source.tensors.keys()) {
    const parameter = parameterName(config, name);
    if (parameter === undefined) continue;
    const other = names.get(parameter);
    if (other !== undefined) {
      throw new CheckpointError(
        `${source.file}: expected one tensor for ${quote(parameter)}, found ${quote(other)} and ${
          quote(name)
        }`,
      );
    }
    names.set(parameter, name);
  }
  return names;
}

/** Whether a head is for the tags of config.json, in the same order. */
function hasLabels({ id2label }: ModelConfig, { labels }: TaggingHead): boolean {
  return labels.length === id2label.length && labels.every((label, i) => label === id2label[i]);
}

function checkTensor(source: TensorSource, tensor: string, shape: readonly number[]): void {
  const found = source.tensors.get(tensor)!;
  if (found.shape.length !== shape.length || found.shape.some((length, i) => length !== shape[i])) {
    throw refusal(found.file, {
      tensor,
      expected: `shape ${quote(shape)} after config.json`,
      found: quote(found.shape),
      advice: "the weights and config.json belong to different models",
    });
  }
  if (!isFloatDtype(found.dtype)) {
    throw refusal(found.file, {
      tensor,
      expected: `dtype F32, F16 or BF16, or codes with scales in ${quote(`${tensor}_scale`)}`,
      found: found.dtype,
    });
  }
}

function incomplete(source: TensorSource, missing: readonly string[]): CheckpointError {
  const near = nearNames(missing[0], [...source.tensors.keys()]);
  return refusal(source.file, {
    tensor: missing[0],
    expected: "it, since the model needs it",
    found: `no such tensor${missing.length > 1 ? ` (${missing.length} are missing in all)` : ""}`,
    advice: near.length > 0 ? `names near it are ${listed(near.map(quote))}` : undefined,
  });
}

/** The two names of the file that share most parts (between dots) with `name`. */
function nearNames(name: string, names: readonly string[]): string[] {
  const parts = new Set(name.split("."));
  const shared = (other: string) => other.split(".").filter((part) => parts.has(part)).length;
  return names.map((other) => ({ other, score: shared(other) }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score)
    .slice(0, 2)
    .map(({ other }) => other);
}
