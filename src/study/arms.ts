import { OptionError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { message, setting } from "../message.ts";
import { defaultSettings, type TrainingSettings } from "../training/settings.ts";

/** What is compared: settings that only this side of the comparison has, and its share of the budget. */
export interface Arm {
  /** Letters, digits and `+`, `-`, `_`, `.`, `@`: it becomes a part of file names. */
  readonly name: string;
  /** Whatever is not as in all other arms. */
  readonly settings: Partial<TrainingSettings>;
  /** Share of the budget of forward-backward tokens; below 1 only where less compute is what is measured. */
  readonly share: number;
}

/** An arm with a line for the help. */
interface NamedArm extends Arm {
  readonly summary: string;
}

/**
 * What strategies are compared with unless an arm or a person says otherwise: a masked copy of every sentence
 * in every step.
 */
export const oneCopy = { maskedCopies: 1, annealFrom: 1 } as const;

/**
 * A masked-LM head that begins at random has a loss ten times that of the tags, so it comes in slowly and
 * stays light (token masking with a joint loss: Cabrera-Diego, Moreno and Doucet 2021, CEUR 2829).
 */
const joint = { objective: "joint", lambda: 0.1, lambdaWarmup: 0.5 } as const;

/** A masked copy is tagged too. */
const corrupt = { objective: "corrupt" } as const;

const { maskedCopies, annealFrom } = defaultSettings;

/** The arms that have names, from the most to the least informative: a budget cuts from the end. */
export const namedArms: readonly NamedArm[] = [
  {
    name: "none",
    summary: "no masking, with the compute of the masked arms, so with more epochs; the control that counts",
    settings: { masking: "none" },
    share: 1,
  },
  {
    name: "span",
    summary: "spans of words",
    settings: { masking: "span", ...corrupt },
    share: 1,
  },
  {
    name: "token",
    summary: "subwords, as in BERT",
    settings: { masking: "token", ...corrupt },
    share: 1,
  },
  {
    name: "span-annealed",
    summary:
      "spans, in copies of half of the sentences that become rarer: what train does unless told otherwise",
    settings: { masking: "span", ...corrupt, maskedCopies, annealFrom },
    share: 1,
  },
  {
    name: "none-equal-epochs",
    summary: "no masking, with the epochs of arms with one masked copy: half their compute",
    settings: { masking: "none" },
    share: 0.5,
  },
  {
    name: "span+joint",
    summary: "spans, predicted by a masked-LM head beside the tagger",
    settings: { masking: "span", ...joint },
    share: 1,
  },
  {
    name: "token+joint",
    summary: "subwords, predicted by a masked-LM head beside the tagger",
    settings: { masking: "token", ...joint },
    share: 1,
  },
  {
    name: "entity",
    summary: "whole gold mentions first",
    settings: { masking: "entity", ...corrupt },
    share: 1,
  },
  {
    name: "context",
    summary: "spans outside of mentions",
    settings: { masking: "context", ...corrupt },
    share: 1,
  },
  {
    name: "word",
    summary: "whole words",
    settings: { masking: "word", ...corrupt },
    share: 1,
  },
  {
    name: "prompt",
    summary: "a mask before each word, the tag is read there (MANER)",
    settings: { masking: "prompt" },
    share: 1,
  },
  {
    name: "augmentation",
    summary: "no masking, with copies in which a trained masked-LM head proposes other names (MELM)",
    settings: { masking: "none", augmentation: 1 },
    share: 1,
  },
];

/**
 * The arm with this name.
 *
 * @throws {OptionError} when there is none; the message lists the names
 */
export function namedArm(name: string): Arm {
  const found = namedArms.find((arm) => arm.name === name);
  if (found === undefined) {
    const names = namedArms.map(({ name }) => name);
    throw new OptionError(message`Expected ${setting("arms")} among ${names} but found ${quote(name)}`);
  }
  const { settings, share } = found;
  return { name, settings, share };
}
