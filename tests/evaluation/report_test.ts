import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatScores } from "../../src/evaluation/report.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";

const split = (...sentences: string[]) => sentences.map((sentence) => sentence.split(" "));

Deno.test("formatScores() prints strict first, default beside it, then lengths, names and kinds of error", () => {
  const words = split("Asha Juma wa Tanga", "Simba SC leo jioni");
  const gold = split("B-PER I-PER O B-LOC", "B-ORG I-ORG B-DATE I-DATE");
  const predicted = split("B-PER I-PER O B-ORG", "B-ORG I-ORG I-DATE I-DATE");
  const report = scoreSentences(gold, predicted, { words, trainingMentions: new Set(["Tanga"]) });
  assertEquals(
    formatScores(report),
    `\
F1 57.14 strict, 75.00 default
2 sentences, 2 with entities, 0 without an error

          strict P       R      F1  support  default P       R      F1
DATE          0.00    0.00    0.00        1     100.00  100.00  100.00
LOC           0.00    0.00    0.00        1       0.00    0.00    0.00
ORG          50.00  100.00   66.67        1      50.00  100.00   66.67
PER         100.00  100.00  100.00        1     100.00  100.00  100.00
micro        66.67   50.00   57.14        4      75.00   75.00   75.00
macro        37.50   50.00   41.67        4      62.50   75.00   66.67
weighted     37.50   50.00   41.67        4      62.50   75.00   66.67

entities (strict)          P      R     F1  support  predicted
1 word                  0.00   0.00   0.00        1          1
2 words               100.00  66.67  80.00        3          2
3 words                 0.00   0.00   0.00        0          0
4+ words                0.00   0.00   0.00        0          0
3 and more words        0.00   0.00   0.00        0          0
seen in training        0.00   0.00   0.00        1          1
not seen in training  100.00  66.67  80.00        3          2

findings (strict)   count  % of errors
correct                 2
wrong type              1         50.0
boundary too short      0          0.0
boundary too long       0          0.0
boundary shifted        0          0.0
type and boundary       0          0.0
missed                  1         50.0
invented                0          0.0
`,
  );
});

Deno.test("formatScores() names a collapse, leaves out names without training mentions, and dashes a type that only one reading has", () => {
  const text = formatScores(scoreSentences(split("B-PER O"), split("O O")));
  assertStringIncludes(text, "COLLAPSED: All 2 words are tagged O");
  assertEquals(text.includes("seen in training"), false);
  for (const type of ["LOC", "constructor", "__proto__"]) { // every object has something of the last two names
    const lenientOnly = formatScores(scoreSentences(split("O O"), split(`O I-${type}`)));
    assertMatch(lenientOnly, new RegExp(`^${type} +- +- +- +- +0\\.00 +0\\.00 +0\\.00$`, "m"));
  }
});
