import { assertEquals, assertStringIncludes } from "@std/assert";
import { evaluate } from "../../../src/cli/evaluate/evaluate.ts";
import { lastJson, onTerminal } from "../terminal.ts";

/** Compares a file with itself; options stand behind it. */
async function evaluateItself(text: string, options: readonly string[] = []) {
  const file = await Deno.makeTempFile({ suffix: ".tsv" });
  try {
    await Deno.writeTextFile(file, text);
    const args = ["--gold", file, "--predicted", file, ...options];
    const run = await onTerminal(args, evaluate, { readings: true });
    return { ...run, stderr: run.stderr.replaceAll(file, "a.tsv") };
  } finally {
    await Deno.remove(file);
  }
}

const faulty = "1\tAsha\tB_PER\n2\tleo\tI_LOC\n\n1\tAsha\tB_PER\n2\tleo\n\n1\tleo\tO\n\n1\tleo\tO\n\n";

Deno.test("what was read is said in one block a file, and as JSON", async () => {
  const { exitCode, stderr, stdout } = await evaluateItself(faulty, ["--skip-faulty", "--json"]);
  assertEquals(exitCode, 0, stderr);
  const block = [
    "a.tsv: CoNLL, IOB2, words in column 2, tags in 3",
    "  3 sentences, 4 words, at most 2 in one",
    "  PER 1",
    "  1 I- tag continues nothing",
    "  1 sentence stands there before",
    "  1 fault, 1 sentence left out:",
    "    a.tsv:5: expected 3 columns, as on line 1, found 2: where words hold spaces or cells are empty, " +
    "put tabs between the columns",
    "",
  ].join("\n");
  assertEquals(stderr, block + block);
  const read = lastJson(stdout).read as Record<string, unknown>[];
  assertEquals(read.length, 2);
  assertEquals([read[0].format, read[0].mentions, read[0].repeated], ["CoNLL", { PER: 1 }, 1]);
});

Deno.test("options say how files are read where their content does not, and messages name them", async () => {
  const text = "a O B-X\nb B-PER O\nc O B-Y\n\nd B-LOC O\n";
  const refused = await evaluateItself(text);
  assertEquals([refused.exitCode, refused.stderr], [
    1,
    "a.tsv: expected one column of tags, found 2 of 3 that could be: 2, 3; say which with --tag-column\n",
  ]);
  assertStringIncludes((await evaluateItself(text, ["--tag-column", "2"])).stderr, "  LOC 1, PER 1\n");
  const io = await evaluateItself("a PER\nb O\n", ["--scheme", "IO"]);
  assertStringIncludes(io.stderr, "a.tsv: CoNLL, IO, words in column 1, tags in 2\n");
  const forced = await evaluateItself(faulty, ["--format", "hipe"]);
  assertEquals(
    forced.stderr,
    "a.tsv: expected the header of HIPE-2022 (TOKEN, NE-COARSE-LIT, ...), found none\n",
  );
});
