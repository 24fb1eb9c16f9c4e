/** Which tensor of a file is which parameter of a model. */

import { CheckpointError } from "../errors.ts";
import type { ModelConfig } from "./config.ts";
import { encoderName, type HeadOptions, normaliseName, parameterShapes } from "./parameters.ts";
import { listed, quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { isFloatDtype, type TensorSource } from "./safetensors.ts";

/** What {@linkcode matchParameters} found. */
export interface ParameterMatch {
  /** For each parameter that the file has: its tensor there, in the order of {@linkcode parameterShapes}. */
  readonly tensors: ReadonlyMap<string, string>;
  /** Parameters of a head that the file does not have: they begin at random. */
  readonly fresh: readonly string[];
  /** Tensors of the file that this model does not use, apart from those that Lacuna never uses. */
  readonly unused: readonly string[];
}

/**
 * Finds the tensor of each parameter, whatever the prefix and age of the file's names, and checks shapes and dtypes.
 *
 * The tags of a tagging head have to be those of config.json, in the same order, for the file's head to be taken:
 * otherwise its rows would mean other tags, and it is left unused.
 *
 * @throws {CheckpointError} if a parameter of the encoder is missing, a head is there in part only, two tensors are
 * the same parameter, or shape or dtype do not fit
 */
export function matchParameters(
  source: TensorSource,
  config: ModelConfig,
  options: HeadOptions,
): ParameterMatch {
  const shapes = parameterShapes(config, options);
  const available = normalisedNames(source, config);
  if (!sameLabels(options.labels ?? config.id2label, config.id2label)) {
    available.delete("classifier.weight");
    available.delete("classifier.bias");
  }

  const tensors = new Map<string, string>();
  const fresh: string[] = [];
  for (const [parameter, shape] of shapes) {
    const tensor = available.get(parameter);
    if (tensor === undefined) {
      fresh.push(parameter);
    } else {
      checkTensor(source, tensor, shape);
      tensors.set(parameter, tensor);
    }
  }
  checkMissing(source, { tensors, fresh, encoder: encoderName(config) });

  const used = new Set(tensors.values());
  const unused = [...source.tensors.keys()].filter((name) =>
    !used.has(name) && normaliseName(name, config) !== undefined
  );
  return { tensors, fresh, unused };
}

/** From parameter to the file's name for it. */
function normalisedNames(source: TensorSource, config: ModelConfig): Map<string, string> {
  const names = new Map<string, string>();
  for (const name of source.tensors.keys()) {
    const parameter = normaliseName(name, config);
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

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, i) => label === b[i]);
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
    throw refusal(found.file, { tensor, expected: "dtype F32, F16 or BF16", found: found.dtype });
  }
}

/** Everything of the encoder has to be there, and of a head everything or nothing. */
function checkMissing(
  source: TensorSource,
  { tensors, fresh, encoder }: {
    tensors: ReadonlyMap<string, string>;
    fresh: readonly string[];
    encoder: string;
  },
): void {
  const present = new Set([...tensors.keys()].map(moduleOf));
  const missing = fresh.filter((parameter) =>
    moduleOf(parameter) === encoder || present.has(moduleOf(parameter))
  );
  if (missing.length === 0) return;
  const near = nearNames(missing[0], [...source.tensors.keys()]);
  throw refusal(source.file, {
    tensor: missing[0],
    expected: "it, since the model needs it",
    found: `no such tensor${missing.length > 1 ? ` (${missing.length} are missing in all)` : ""}`,
    advice: near.length > 0 ? `names near it are ${listed(near.map(quote))}` : undefined,
  });
}

/** `bert`, `roberta`, `classifier`, `cls` or `lm_head`. */
function moduleOf(parameter: string): string {
  return parameter.slice(0, parameter.indexOf("."));
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
