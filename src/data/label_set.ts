/**
 * The tags of a tagger that somebody else has trained, read under the rules of their own scheme.
 *
 * @module
 */

import { prefixedTag, PREFIXES, type Scheme, typeOf, unprefixedTag } from "./scheme.ts";

/** What a word may be under a scheme: one of the tagger's tags, and what it says there in IOB2. */
export interface LabelState {
  /** The number of the tag in the tagger's list. */
  readonly label: number;
  /** In IOB2. In some schemes one tag is two states: in IOB1 `I-PER` begins an entity or goes on with one. */
  readonly tag: string;
}

/** The tags of a tagger, and which sequences of them its scheme has. */
export interface LabelSet {
  readonly scheme: Scheme;
  readonly states: readonly LabelState[];
  /** Whether a sentence may begin with a state. */
  starts(state: number): boolean;
  /** Whether a state may stand behind another. */
  follows(before: number, state: number): boolean;
  /** Whether a sentence may end with a state. */
  ends(state: number): boolean;
  /** `O`, and `B-X` and `I-X` for every type: what comes of it. */
  readonly tags: readonly string[];
}

/** Tags that stand for no word: of padding, of special tokens, of all pieces of a word but the first. */
const NO_WORD = /^(\[?(PAD|CLS|SEP|UNK)\]?|<\/?(s|pad|unk)>|X|_)$/i;

/** How a tag stands to its neighbours. */
interface Rule {
  readonly begins: boolean;
  /** Whether the entity has to go on behind it. */
  readonly isOpen: boolean;
}

interface Part extends LabelState, Rule {
  /** Empty for `O`. */
  readonly type: string;
  readonly prefix: string;
}

/**
 * The scheme of a list of tags and what follows from it. `O` has to be there. `I-` and `B-` is IOB1 where a
 * type has no `B-`, which the training data had too little need of, and else IOB2; tags without a prefix are
 * IO. Tags that stand for no word, such as `[PAD]`, are never given.
 *
 * @returns undefined for tags of no scheme, or of two
 */
export function labelSetOf(labels: readonly string[]): LabelSet | undefined {
  const all = labels.map((written, label) => ({ written, label })).filter(({ written }) =>
    !NO_WORD.test(written)
  );
  const isO = ({ written }: { written: string }) => prefixedTag(written) === "O";
  const named = all.filter((entry) => !isO(entry));
  const outside = all.filter(isO);
  if (outside.length !== 1 || named.length === 0) return undefined;
  const tags = named.map(({ written, label }) => ({ label, tag: prefixedTag(written) }));
  const isBare = tags.every(({ tag }) => tag === undefined);
  if (!isBare && tags.some(({ tag }) => tag === undefined)) return undefined;
  const read = isBare ? named.map(({ written, label }) => ({ label, tag: unprefixedTag(written) })) : tags;
  const parts = read.map(({ label, tag }) => ({ label, prefix: tag![0], type: typeOf(tag!) }));
  const scheme = isBare ? "IO" : schemeOf(parts);
  if (scheme === undefined) return undefined;
  const states: Part[] = [
    { label: outside[0].label, tag: "O", type: "", prefix: "O", begins: true, isOpen: false },
    ...parts.flatMap(({ label, prefix, type }) =>
      rulesOf(scheme, prefix).map((rule) => ({
        label,
        prefix,
        type,
        ...rule,
        tag: `${rule.begins ? "B" : "I"}-${type}`,
      }))
    ),
  ];
  const starts = ({ begins, prefix }: Part) => begins && !(scheme === "IOB1" && prefix === "B");
  const types = [...new Set(parts.map(({ type }) => type))].sort();
  return {
    scheme,
    states: states.map(({ label, tag }) => ({ label, tag })),
    tags: ["O", ...types.flatMap((type) => [`B-${type}`, `I-${type}`])],
    starts: (state) => starts(states[state]),
    ends: (state) => !states[state].isOpen,
    follows: (before, state) => mayFollow(scheme, states[before], states[state]),
  };
}

function schemeOf(parts: readonly { readonly prefix: string; readonly type: string }[]): Scheme | undefined {
  const prefixes = new Set(parts.map(({ prefix }) => prefix));
  const fits = (scheme: Scheme) => [...prefixes].every((prefix) => PREFIXES[scheme].includes(prefix));
  const begun = new Set(parts.filter(({ prefix }) => prefix === "B").map(({ type }) => type));
  if (fits("IOB2")) return parts.every(({ type }) => begun.has(type)) ? "IOB2" : "IOB1";
  return (["IOE2", "BIOES", "BILOU", "BMES"] as const).find(fits);
}

function rulesOf(scheme: Scheme, prefix: string): Rule[] {
  const both = (isOpen: boolean) => [{ begins: true, isOpen }, { begins: false, isOpen }];
  switch (scheme) {
    case "IO":
      return both(false);
    case "IOB1":
      return prefix === "B" ? [{ begins: true, isOpen: false }] : both(false);
    case "IOE2":
      return both(prefix === "I");
    case "IOB2":
      return [{ begins: prefix === "B", isOpen: false }];
    default:
      return [{ begins: "BSUW".includes(prefix), isOpen: "BIM".includes(prefix) }];
  }
}

function mayFollow(scheme: Scheme, before: Part, { begins, prefix, type }: Part): boolean {
  const same = type !== "" && before.type === type;
  switch (scheme) {
    case "IO":
      return type === "" || begins !== same;
    case "IOB1":
      return type === "" || (prefix === "B" || !begins ? same : !same);
    case "IOB2":
      return begins || same;
    default:
      return begins ? !before.isOpen : before.isOpen && same;
  }
}
