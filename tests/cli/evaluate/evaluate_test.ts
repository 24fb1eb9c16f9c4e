import { assertEquals, assertStringIncludes } from "@std/assert";
import { evaluate } from "../../../src/cli/evaluate/evaluate.ts";
import { lastJson, onTerminal } from "../terminal.ts";

/** Writes the named texts to a folder and runs the command; `NAME` in the arguments stands for the file. */
async function evaluateFiles(texts: Record<string, string>, args: readonly string[]) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const paths = args.map((arg) => arg.startsWith("--") ? arg : `${folder}/${arg}`);
    const run = await onTerminal(paths, evaluate);
    return { ...run, stderr: run.stderr.replaceAll(`${folder}/`, "") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const gold = "Asha B-PER\nJuma I-PER\nleo O\n\nTanga B-LOC\nSimba B-ORG\n";
const two = ["--gold", "gold", "--predicted", "predicted"];

Deno.test("evaluate prints the scores of two files; --json ends with f1 from 0 to 1", async () => {
  const texts = { gold, predicted: gold.replace("B-LOC", "O"), train: "Simba B-LOC\n" };
  const printed = await evaluateFiles(texts, two);
  assertEquals([printed.exitCode, printed.stderr], [0, ""]);
  assertEquals(printed.stdout.split("\n").slice(0, 2), [
    "F1 80.00 strict, 80.00 default",
    "2 sentences, 2 with entities, 1 without an error",
  ]);
  const { exitCode, stdout } = await evaluateFiles(texts, [...two, "--train", "train", "--json"]);
  const { f1, precision, recall, names } = lastJson(stdout) as Record<string, never>;
  assertEquals([exitCode, f1, precision, recall], [0, 0.8, 1, 2 / 3]);
  assertEquals([names["seen"]["recall"], names["unseen"]["recall"]], [1, 0.5]);
});

Deno.test("evaluate --json has the default scores under the keys of Hugging Face's evaluate, too", async () => {
  // What evaluate.load("seqeval").compute() returns for these tags.
  const { stdout } = await evaluateFiles({ gold, predicted: gold.replace("B-LOC", "I-ORG") }, [
    ...two,
    "--json",
  ]);
  assertEquals(lastJson(stdout).seqeval, {
    LOC: { precision: 0, recall: 0, f1: 0, number: 1 },
    ORG: { precision: 0.5, recall: 1, f1: 2 / 3, number: 1 },
    PER: { precision: 1, recall: 1, f1: 1, number: 1 },
    overall_precision: 2 / 3,
    overall_recall: 2 / 3,
    overall_f1: 2 / 3,
    overall_accuracy: 0.8,
  });
});

Deno.test("evaluate reads predictions in the scheme of the gold file, even if they look like another", async () => {
  const texts = { gold: "Asha B-PER\n\nTanga B-LOC\n", predicted: "Asha I-PER\n\nTanga I-LOC\n" };
  const { stdout } = await evaluateFiles(texts, two);
  assertStringIncludes(stdout, "F1 0.00 strict, 100.00 default");
});

Deno.test("evaluate compares files of two schemes, and says what predictions look like that it reads otherwise", async () => {
  const iob2 = "Asha B-PER\nJuma I-PER\n\nTanga B-LOC\nleo O\n";
  const others = {
    BIOES: "Asha B-PER\nJuma E-PER\n\nTanga S-LOC\nleo O\n",
    BILOU: "Asha B-PER\nJuma L-PER\n\nTanga U-LOC\nleo O\n",
    IO: "Asha PER\nJuma PER\n\nTanga LOC\nleo O\n",
  };
  for (const [scheme, other] of Object.entries(others)) {
    const io = scheme === "IO"
      ? { gold: `${iob2}jana O\nnao O\n`, predicted: `${other}jana O\nnao O\n` }
      : {};
    for (const texts of [{ gold: iob2, predicted: other, ...io }, { gold: other, predicted: iob2, ...io }]) {
      assertStringIncludes((await evaluateFiles(texts, two)).stdout, "F1 100.00 strict", scheme);
    }
  }
  // Gold of only O takes any.
  const nothing = "Asha O\nJuma O\n\nTanga O\nleo O\n";
  assertEquals((await evaluateFiles({ gold: nothing, predicted: others.BIOES }, two)).exitCode, 0);
  const texts = { gold: iob2, predicted: "Asha I-PER\nJuma I-PER\n\nTanga I-LOC\nleo O\n" };
  const { stdout } = await evaluateFiles(texts, [...two, "--json"]);
  const [, { notes }] = lastJson(stdout).read as { notes: string[] }[];
  assertStringIncludes(notes[0], "the tags look like IOB1 and were read as IOB2");
});

Deno.test("evaluate --train scores copied sentences apart from the others", async () => {
  const texts = {
    gold: "Asha B-PER\n\nTanga B-LOC\n\nJuma B-PER\n",
    predicted: "Asha B-PER\n\nTanga B-LOC\n\nJuma O\n",
    train: "Asha B-PER\n\nTanga B-PER\n",
  };
  const args = [...two, "--train", "train"];
  assertStringIncludes(
    (await evaluateFiles(texts, args)).stdout,
    "\n2 of 3 sentences stand in training, too (1 of them with other tags): F1 100.00 on them, 0.00 on the others\n",
  );
  const { copies } = lastJson((await evaluateFiles(texts, [...args, "--json"])).stdout);
  assertEquals(copies, { sentences: 3, count: 2, otherTags: 1, f1: 1, restF1: 0 });
});

const together = "both files have to hold the same words in the same sentences";
const refused: [what: string, predicted: string, message: string][] = [
  [
    "another word",
    gold.replace("leo", "jana"),
    `predicted:3: expected the word "leo", as in gold:3, found the word "jana": ${together}`,
  ],
  [
    "a sentence that ends early",
    gold.replace("leo O\n", ""),
    `predicted:3: expected the word "leo", as in gold:3, found the end of the sentence: ${together}`,
  ],
  [
    "two sentences run together",
    gold.replace("\n\n", "\n"),
    `predicted:4: expected the end of the sentence, as in gold:4, found the word "Tanga": ${together}`,
  ],
  [
    "a sentence that is missing",
    gold.replace(/\n\n.*/s, "\n"),
    `predicted: expected the word "Tanga", as in gold:5, found the end of the file: ${together}`,
  ],
  [
    "a sentence too many",
    `${gold}\nJana O\n`,
    `predicted:8: expected the end of the file, as in gold, found the word "Jana": ${together}`,
  ],
];
for (const [what, predicted, message] of refused) {
  Deno.test(`evaluate names the first difference: ${what}`, async () => {
    assertEquals(await evaluateFiles({ gold, predicted }, two), {
      exitCode: 1,
      stdout: "",
      stderr: `${message}\n`,
    });
  });
}

Deno.test("evaluate refuses a missing file, an empty one and one that is no text, each in one sentence", async () => {
  const complaintOf = async (texts: Record<string, string>) => {
    const { exitCode, stderr } = await evaluateFiles(texts, two);
    return [exitCode, stderr];
  };
  assertEquals(await complaintOf({ gold }), [
    1,
    "cannot read predicted: there is no such file or folder\n",
  ]);
  const [exitCode, stderr] = await complaintOf({ gold, predicted: "" });
  assertEquals(exitCode, 1);
  assertStringIncludes(
    String(stderr),
    "predicted: expected sentences of one word and tag a line, found an empty file",
  );
});

Deno.test("evaluate with one file only is wrong usage", async () => {
  const { exitCode, stderr } = await evaluateFiles({ gold }, ["--gold", "gold"]);
  assertEquals(exitCode, 2);
  assertStringIncludes(stderr, "or two labelled files, --gold FILE --predicted FILE.\n");
});
