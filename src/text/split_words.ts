/**
 * A tokenizer.json for text that is already split into words.
 *
 * In running text a space stands before a word, and tokenizers that mark it have other pieces for the
 * beginning of a word than for its inside. Words that are encoded one by one have lost their spaces, so such
 * a model would see all words of a sentence glued together. Here the file itself learns to put the space
 * back, once before each word: saved like that, transformers reads words alike.
 */

import { isJsonObject } from "../json/strict_json.ts";

type Json = Readonly<Record<string, unknown>>;

/** The same value where nothing has to change. */
export function forSplitWords(json: Json): Json {
  const first = firstPart(json.pre_tokenizer);
  if (first?.type === "ByteLevel") {
    return first.add_prefix_space === true ? json : withFirstPart(json, { ...first, add_prefix_space: true });
  }
  if (first?.type === "Metaspace") {
    if (!isWithoutSpace(first)) return json;
    const { add_prefix_space: _, ...rest } = first;
    return withFirstPart(json, { ...rest, prepend_scheme: "first" });
  }
  return marksSpaces(json) && !hasPart(json.normalizer, "Prepend") ? withSpaceBefore(json) : json;
}

/** The same tokenizer with NFC before everything else. */
export function withNfc(json: Json): Json {
  if (firstPart(json.normalizer)?.type === "NFC") return json;
  return { ...json, normalizer: sequence([{ type: "NFC" }, ...normalizers(json)]) };
}

/**
 * Metaspace that leaves the first word without its mark; files of the time before `prepend_scheme` say it
 * otherwise.
 */
function isWithoutSpace({ prepend_scheme, add_prefix_space }: Json): boolean {
  return prepend_scheme === "never" || prepend_scheme === undefined && add_prefix_space === false;
}

/**
 * Whether a space is part of a piece: as a byte of a split before the bytes, or as another letter (Gemma's
 * ▁).
 */
function marksSpaces({ normalizer, pre_tokenizer }: Json): boolean {
  if (hasPart(pre_tokenizer, "Metaspace")) return false;
  const bytes = parts(pre_tokenizer).find(({ type }) => type === "ByteLevel");
  // One that puts a space before each piece was trained with that.
  if (bytes) return bytes.add_prefix_space !== true;
  return hasPart(normalizer, "ByteLevel") || parts(normalizer).some(replacesSpaces);
}

function replacesSpaces({ type, pattern, content }: Json): boolean {
  return type === "Replace" && isJsonObject(pattern) && pattern.String === " " && content !== "" &&
    content !== " ";
}

/** The space comes behind what could remove it, and before what makes another letter or bytes of it. */
function withSpaceBefore(json: Json): Json {
  const steps = normalizers(json);
  const marks = steps.findIndex((step) => replacesSpaces(step) || step.type === "ByteLevel");
  const at = marks < 0 ? steps.length : marks;
  const space = { type: "Prepend", prepend: " " };
  return { ...json, normalizer: sequence([...steps.slice(0, at), space, ...steps.slice(at)]) };
}

function normalizers({ normalizer }: Json): Json[] {
  return parts(normalizer);
}

function sequence(normalizers: readonly Json[]): Json {
  return normalizers.length === 1 ? normalizers[0] : { type: "Sequence", normalizers };
}

function hasPart(value: unknown, type: string): boolean {
  return parts(value).some((part) => part.type === type);
}

function firstPart(value: unknown): Json | undefined {
  return parts(value)[0];
}

/** The parts of a normaliser or pre-tokenizer in their order, those of sequences one by one. */
function parts(value: unknown): Json[] {
  if (!isJsonObject(value)) return [];
  if (value.type !== "Sequence") return [value];
  const inner = value.normalizers ?? value.pretokenizers;
  return Array.isArray(inner) ? inner.flatMap(parts) : [];
}

/** The file with another part in the place of the first one of its pre-tokenizer. */
function withFirstPart(json: Json, part: Json): Json {
  const [, ...rest] = parts(json.pre_tokenizer);
  const pretokenizers = [part, ...rest];
  return { ...json, pre_tokenizer: rest.length === 0 ? part : { type: "Sequence", pretokenizers } };
}
