/** The systems that are compared from few sentences, and what each of them tries on dev. */

/** A system that learns from a draw and tags dev and test. */
export interface System {
  /** Its name in records and tables. */
  readonly name: string;
  /** What runs it: a script of bench/peers, or `deno task train`. */
  readonly runner: "crf" | "spacy" | "train";
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

/** What every tagger of ours is trained with, beside its own options. */
const common = ({ size }: { size: number }) => [...epochs(size), "--batch-tokens", "128"];

/** A tagger of ours, by options of `deno task train`. */
function ours(name: string, ...own: string[]): System {
  return { name, runner: "train", options: (request) => [...common(request), ...own], grid: [[]] };
}

const SPAN = ["--masking", "span"];
const NONE = ["--masking", "none"];

/** Our taggers that begin with the embedded model. */
const embedded: readonly System[] = [
  ours("embedded", ...NONE),
  ours("embedded, span masking", ...SPAN),
];

/** Rates of a checkpoint of some size, as docs/study.md found them. */
const RATES = ["--learning-rate", "2e-4", "--head-learning-rate", "2e-3"];

/**
 * All systems.
 *
 * @param checkpoint the folder of a model and its name; our systems that begin with it are left out without one
 */
export function systemsWith(checkpoint?: { readonly name: string; readonly folder: string }): System[] {
  const from = (name: string, ...own: string[]) =>
    ours(`${checkpoint!.name}${name}`, "--model", checkpoint!.folder, ...RATES, ...own);
  return [
    ...peers,
    ...embedded,
    ...checkpoint ? [from("", ...NONE), from(", span masking", ...SPAN)] : [],
  ];
}
