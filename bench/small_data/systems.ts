/** The systems that are compared from few sentences, and what each of them tries on dev. */

/** A system that learns from a draw and tags dev and test. */
export interface System {
  /** Its name in records and tables. */
  readonly name: string;
  /** What runs it: a script of bench/peers, or `deno task train` with an encoder or with words alone. */
  readonly runner: "crf" | "spacy" | "encoder" | "words";
  /** Its options. Each list of {@linkcode System.grid} comes on top. */
  options(request: { readonly size: number }): readonly string[];
  /** Options that are tried; those of the best dev F1 are scored on test, of equal ones the first. */
  readonly grid: readonly (readonly string[])[];
}

const none = () => [];

/** Penalties of the CRF, for both norms: a third and three times of the usual 0.1. */
const PENALTIES = ["0.03", "0.3"];

const peers: readonly System[] = [
  {
    name: "CRF (sklearn-crfsuite)",
    runner: "crf",
    options: none,
    grid: PENALTIES.flatMap((c1) => PENALTIES.map((c2) => ["--c1", c1, "--c2", c2])),
  },
  // It chooses its number of epochs on dev by itself.
  { name: "spaCy blank", runner: "spacy", options: none, grid: [[]] },
];

/** Passes over the sentences: small samples have few steps in a pass. */
function epochs(size: number): string[] {
  return ["--epochs", String(size <= 25 ? 60 : size <= 50 ? 40 : size <= 100 ? 20 : size <= 500 ? 10 : 5)];
}

/** What every tagger of ours is trained with, beside its own options: ten looks at dev, whatever the size. */
const common = ({ size }: { size: number }) => [
  ...epochs(size),
  ...["--batch-tokens", "128", "--evaluations", "10"],
];

/** A tagger of ours, by options of `deno task train`. */
function ours(name: string, ...own: string[]): System {
  return { name, runner: "encoder", options: (request) => [...common(request), ...own], grid: [[]] };
}

/** A CRF of word features, which has no options. */
const wordsAlone: System = {
  name: "words alone",
  runner: "words",
  options: () => ["--encoder", "none"],
  grid: [[]],
};

const SPAN = ["--masking", "span"];
const NONE = ["--masking", "none"];
const CRF = ["--head", "crf"];
const WORDS = ["--features", "words"];
const ALONE = ["--features", "none"];

/** What a tagger is built of, from the plain one to all parts; without masking unless its name says so. */
const forms: readonly (readonly [name: string, ...options: string[]])[] = [
  ["", ...NONE, ...ALONE],
  [", span masking", ...SPAN, ...ALONE],
  [", CRF", ...NONE, ...ALONE, ...CRF],
  [", words", ...NONE, ...WORDS],
  [", words, CRF", ...NONE, ...WORDS, ...CRF],
  [", words, span masking", ...SPAN, ...WORDS],
  [", words, CRF, span masking", ...SPAN, ...WORDS, ...CRF],
];

/** Rates of a checkpoint of some size, as docs/study.md found them. */
const RATES = ["--learning-rate", "2e-4", "--head-learning-rate", "2e-3"];

/**
 * All systems.
 *
 * @param checkpoint the folder of a model and its name; our systems that begin with it are left out without
 * one
 */
export function systemsWith(checkpoint?: { readonly name: string; readonly folder: string }): System[] {
  const embedded = forms.map(([form, ...own]) => ours(`embedded${form}`, ...own));
  const given = checkpoint === undefined
    ? []
    : forms.map(([form, ...own]) =>
      ours(`${checkpoint.name}${form}`, "--model", checkpoint.folder, ...RATES, ...own)
    );
  return [...peers, wordsAlone, ...embedded, ...given];
}
