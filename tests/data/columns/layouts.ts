/** A text of our own in the shape of every layout that corpora have, each of the same two sentences. */

const T = "\t";
const rows = (separator: string, ...lines: (string | string[])[]) =>
  lines.map((line) => `${typeof line === "string" ? line : line.join(separator)}\n`).join("");

/** What most of {@linkcode LAYOUTS} hold. */
export const WORDS = [["Amina", "Juma", "alienda", "Dar", "es", "Salaam", "."], [
  "Leo",
  "Rose",
  "yuko",
  "UNESCO",
]];
/** The tags of these words. */
export const TAGS = [
  ["B-PER", "I-PER", "O", "B-LOC", "I-LOC", "I-LOC", "O"],
  ["O", "B-PER", "O", "B-ORG"],
];

/** Rows that `row` makes of each word, its tag, its sentence and its place there. */
function corpus(
  row: (word: string, tag: string, sentence: number, place: number) => string[] | string,
  { separator = T, between = [""], head = [] as string[], tags = TAGS } = {},
): string {
  const lines = WORDS.map((words, s) => words.map((word, i) => row(word, tags[s][i], s, i)));
  return rows(separator, ...head, ...lines[0], ...between, ...lines[1], "");
}

const BIOES = [["B-PER", "E-PER", "O", "B-LOC", "I-LOC", "E-LOC", "O"], ["O", "S-PER", "O", "S-ORG"]];
const map = (tags: readonly (readonly string[])[], to: (tag: string) => string) =>
  tags.map((row) => row.map(to));
const running = (sentence: number, place: number) => sentence * WORDS[0].length + place;
const type = (tag: string) => tag === "O" ? tag : tag.slice(2);
const inner = (word: string) => word === "Salaam" ? "B-LOC" : "O";

/** A layout: its text, what it is called, and its scheme. */
export interface LayoutCase {
  readonly text: string;
  readonly format: string;
  readonly scheme: string;
}

const conll = (text: string, scheme = "IOB2"): LayoutCase => ({ text, format: "CoNLL", scheme });

/** By the corpora that look like this. */
export const LAYOUTS: Readonly<Record<string, LayoutCase>> = {
  "CoNLL-2003": conll(
    corpus((w, t) => [w, "NNP", "B-NP", t], { separator: " ", head: ["-DOCSTART- -X- O O", ""] }),
  ),
  "German CoNLL-2003, chunks that all begin with I-": conll(
    corpus((w, t) => [w, w, "NN", "I-NC", t], { separator: " " }),
  ),
  "CoNLL-2003 in IOB1": conll(
    corpus((w, t) => [w, t.replace("B-", "I-")], { separator: " ", head: ["-DOCSTART-\tO", ""] }),
    "IOB1",
  ),
  "Turku, BIOES": conll(corpus((w, t) => [w, t], { tags: BIOES }), "BIOES"),
  "WNUT-17, whose sentences end with a tab": conll(corpus((w, t) => [w, t], { between: [T] })),
  "Universal NER": {
    text: corpus((w, t, _, i) => [`${i + 1}`, w, t, "-", "annotator"], {
      head: ["# newdoc id = a", "# sent_id = 1", "# text = Amina"],
      between: ["", "# sent_id = 2", "# text = Leo Rose"],
    }),
    format: "Universal NER",
    scheme: "IOB2",
  },
  "Universal NER, Croatian: a second layer": {
    text: corpus((w, t, _, i) => [`${i + 1}`, w, t, i < 2 ? "O" : t, "-"]),
    format: "Universal NER",
    scheme: "IOB2",
  },
  "Universal NER, Danish: two tags in a cell": {
    text: corpus((w, t, _, i) => [`${i + 1}`, w, t, w === "UNESCO" ? "B-ORG#B-LOC" : "O", "-"]),
    format: "Universal NER",
    scheme: "IOB2",
  },
  "WikiNEuRal, numbers from 0": conll(corpus((w, t, _, i) => [`${i}`, w, t])),
  "numbers that run on": conll(corpus((w, t, s, i) => [`${running(s, i)}`, w, t])),
  "numbers of sentences and words": conll(corpus((w, t, s, i) => [`${s}-${i}`, w, t])),
  "GermEval 2014": {
    text: corpus((w, t, _, i) => [`${i + 1}`, w, t, inner(w)], {
      head: [`#${T}http://a.de/b.html [2009-10-17]`],
      between: ["", `#${T}n-tv.de vom 26.02.2005 [2005-02-26]`],
    }),
    format: "GermEval 2014",
    scheme: "IOB2",
  },
  "FiNER: outer and inner names": {
    text: corpus((w, t) => [w, t, inner(w)]),
    format: "columns (nested layers)",
    scheme: "IOB2",
  },
  "HIPE-2022": {
    text: corpus((w, t, s, i) => {
      const end = i === WORDS[s].length - 1 ? "EndOfSentence|NoSpaceAfter" : "_";
      return [w, t, "O", t, "O", "O", i > 3 ? "B-loc" : "O", "NIL", "_", end];
    }, {
      head: [
        "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-FINE-METO\tNE-FINE-COMP\tNE-NESTED\tNEL-LIT\tNEL-METO\tMISC",
        "# hipe2022:document_id = a",
      ],
      between: ["# hipe2022:page = 2"],
    }),
    format: "HIPE-2022",
    scheme: "IOB2",
  },
  "MultiCoNER": conll(
    corpus((w, t) => [w, "_", "_", t], {
      separator: " ",
      head: ["# id 1\tdomain=sw"],
      between: ["", "# id 2"],
    }),
  ),
  "CoNLL-U": {
    text: corpus(
      (w, t, _, i) => [`${i + 1}`, w, w, "NOUN", "_", "_", `${i}`, "dep", "_", `SpaceAfter=No|name=${t}|x=y`],
      {
        head: ["# text = Amina", `1-2${T}AminaJuma${T.repeat(8).replaceAll(T, `_${T}`)}_`.replace("__", "_")],
      },
    ),
    format: "CoNLL-U",
    scheme: "IOB2",
  },
  "CoNLL-U Plus": {
    text: corpus((w, t, _, i) => [`${i + 1}`, w, t, "NOUN"], {
      head: ["# global.columns = ID FORM NER UPOS", "# sent_id = 1"],
    }),
    format: "CoNLL-U Plus",
    scheme: "IOB2",
  },
  "LST20: underscores, clauses behind the tags": conll(
    corpus((w, t, _, i) => [w, "NN", t.replace("-", "_"), `${"BIE"[Math.min(i, 2)]}_CLS`]),
  ),
  "Resume: BMES": conll(
    corpus((w, t) => [w, t], { separator: " ", tags: map(BIOES, (tag) => tag.replace("I-", "M-")) }),
    "BMES",
  ),
  "BMEWO": conll(
    corpus((w, t) => [w, t], { tags: map(BIOES, (tag) => tag.replace("I-", "M-").replace("S-", "W-")) }),
    "BMES",
  ),
  "BILOU": conll(
    corpus((w, t) => [w, t], { tags: map(BIOES, (tag) => tag.replace("E-", "L-").replace("S-", "U-")) }),
    "BILOU",
  ),
  "NCHLT: OUT for O": conll(corpus((w, t) => [w, t === "O" ? "OUT" : t])),
  "Few-NERD: types without prefix": conll(corpus((w, t) => [w, type(t)]), "IO"),
  "PAN-X: the language before every word": conll(corpus((w, t) => [`sw:${w}`, t])),
  "a header": conll(corpus((w, t) => [w, "NN", t], { head: ["Word\tPOS\tTag"] })),
  "conlleval: gold and predicted": {
    text: corpus((w, t) => [w, t, t.replace("B-ORG", "O")], { separator: " " }),
    format: "columns (word, gold, predicted)",
    scheme: "IOB2",
  },
  "CoreNLP": conll(corpus((w, t, _, i) => [`${i + 1}`, w, w, "NN", type(t), "_", "_"]), "IO"),
  "anntoconll of brat": {
    text: corpus((w, t, s, i) => [t, `${running(s, i)}`, `${running(s, i) + 1}`, w]),
    format: "anntoconll of brat",
    scheme: "IOB2",
  },
  "CoNLL-2012": {
    text: corpus((w, t, s, i) => {
      const next = TAGS[s][i + 1] ?? "O";
      const open = t[0] === "B" ? `(${type(t)}` : "";
      const close = t !== "O" && next[0] !== "I";
      const name = open && close ? `${open})` : `${open}*${close ? ")" : ""}`;
      const arguments_ = s === 0 ? ["(ARG0*)"] : [];
      return ["a", "0", `${i}`, w, "NN", "(NP*)", "-", "-", "-", "-", name, ...arguments_, "-"];
    }, { separator: "   ", head: ["#begin document (a); part 000"] }) + "#end document\n",
    format: "CoNLL-2012",
    scheme: "IOB2",
  },
  "WebAnno TSV 3": {
    text: [
      "#FORMAT=WebAnno TSV 3.3",
      "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Extra|note",
      "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value",
      "",
      "",
      "#Text=Amina Juma alienda",
      "#Text=Dar es Salaam.",
      ...WORDS.flatMap((words, s) => [
        ...words.map((word, i) => {
          const tag = TAGS[s][i];
          const several = TAGS[s][i + 1]?.[0] === "I" || tag[0] === "I";
          const span = tag[0] === "O" ? "" : several ? `[${type(tag) === "PER" ? 1 : 2}]` : "";
          const value = tag === "O" ? "_\t_" : `*${span}\t${type(tag)}${span}`;
          return `${s + 1}-${i + 1}\t${i}-${i + 1}\t${word}\t_\t${value}\t`;
        }),
        "",
      ]),
      "",
    ].join("\n"),
    format: "WebAnno TSV 3",
    scheme: "IOB2",
  },
};
