import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { MeasureName } from "../../src/study/measures.ts";
import { type Effect, type Outcomes, outcomesOf } from "../../src/study/outcomes.ts";
import type { RunRecord } from "../../src/study/record.ts";
import { decide } from "../../src/study/decide.ts";
import { type Verdict, verdictsOf } from "../../src/study/verdicts.ts";
import { testCounts } from "../../src/study/counts.ts";
import { exampleRecord, exampleTags } from "./records.ts";

const good = testCounts({ ...exampleTags, predicted: exampleTags.gold });
const bad = testCounts(exampleTags);

/** Three data sets x two sizes x three seeds. */
function grid(arm: string, test = bad): RunRecord[] {
  return ["swa", "hau", "yor"].flatMap((dataset) =>
    [100, 250].flatMap((size) => [1, 2, 3].map((seed) => exampleRecord({ arm, dataset, size, seed }, test)))
  );
}

const find = (verdicts: readonly Verdict[], claim: string, size: number | null = null) =>
  verdicts.find((verdict) => verdict.claim.startsWith(claim) && verdict.size === size)!;

Deno.test("outcomes come over all, by size, by data set and by both, and sizes of a seed are one difference", () => {
  const { slices, missing } = outcomesOf([...grid("span", good), ...grid("none")], {
    arm: "span",
    control: "none",
  });
  assertEquals(slices.length, 1 + 2 + 3 + 6);
  assertEquals(slices[0].pairs, 18);
  const { differences, arm, change, interval } = slices[0].effects.f1!;
  assertEquals([differences, arm], [9, 1]);
  assert(change > 0.5 && interval !== null);
  assertEquals(missing, []);
});

Deno.test("runs that are wanting are named, and their cells left out", () => {
  const none = grid("none").slice(1);
  const planned = [{ arm: "span", dataset: "amh", size: 100, seed: 1 }];
  const { slices, missing } = outcomesOf([...grid("span", good), ...none], {
    arm: "span",
    control: "none",
    planned,
  });
  assertEquals(slices[0].pairs, 17);
  assertEquals(missing, [
    { arm: "none", dataset: "swa", size: 100, seed: 1 },
    { arm: "span", dataset: "amh", size: 100, seed: 1 },
    { arm: "none", dataset: "amh", size: 100, seed: 1 },
  ]);
});

Deno.test("decide() asks all intervals and p for supported, and all upper ends for not supported", () => {
  const at = (low: number, high: number, p: number) => decide({ intervals: [{ low, high }], p, worth: 1 });
  assertEquals(at(0.1, 3, 0.01), "supported");
  assertEquals(at(0.1, 3, 0.06), "cannot tell");
  assertEquals(at(-0.1, 3, 0.01), "cannot tell");
  assertEquals(at(-2, 0.9, 0.5), "not supported");
  assertEquals(at(-2, -1, 0.01), "not supported");
  const mixed = [{ low: -1, high: 0.5 }, { low: -1, high: 1.5 }];
  assertEquals(decide({ intervals: mixed, p: 1, worth: 1 }), "cannot tell");
  assertEquals(decide({ intervals: [null], p: 0.01, worth: 1 }), "cannot tell");
});

Deno.test("an arm that is the control changed nothing: F1 is not supported, memory neither", () => {
  const verdicts = verdictsOf([
    outcomesOf([...grid("span"), ...grid("none")], { arm: "span", control: "none" }),
  ]);
  assertEquals(new Set(verdicts.map(({ outcome }) => outcome)), new Set([1, 2, 3, 4, 5]));
  const others = verdicts.filter(({ claim }) => !claim.startsWith("It loses no"));
  assertEquals(new Set(others.map(({ status }) => status)), new Set(["not supported"]));
  assertStringIncludes(find(verdicts, "It raises", 100).text, "Not supported at 100 sentences: ");
});

Deno.test("an arm that wins in every cell is supported over all and at each size", () => {
  const compared = outcomesOf([...grid("span", good), ...grid("none")], { arm: "span", control: "none" });
  const verdicts = verdictsOf([{
    ...compared,
    slices: compared.slices.map((s) => ({ ...s, f1Bootstrap: { low: 0.4, high: 0.9 } })),
  }]);
  for (const size of [null, 100, 250]) assertEquals(find(verdicts, "It raises", size).status, "supported");
});

Deno.test("F1 is supported at no size unless it is over all sizes: by p, and by the bootstrap interval", () => {
  const compared = outcomesOf([...grid("span", good), ...grid("none")], { arm: "span", control: "none" });
  const verdictsWhere = ({ p, low }: { p: number; low: number }) => {
    const slices = compared.slices.map((slice) => {
      const overall = slice.dataset === null && slice.size === null;
      const f1 = { ...slice.effects.f1!, p: overall ? p : 0.001 };
      return { ...slice, effects: { f1 }, f1Bootstrap: { low: overall ? low : 0.4, high: 0.9 } };
    });
    const verdicts = verdictsOf([{ ...compared, slices }]);
    const all = [null, 100, 250].map((size) => find(verdicts, "It raises", size));
    // What is told of a size is no more certain than what is told of all.
    for (const { text } of all) assertStringIncludes(text, `p = ${p}`);
    return all.map(({ status }) => status);
  };
  assertEquals(verdictsWhere({ p: 0.04, low: 0.4 }), ["supported", "supported", "supported"]);
  assertEquals(verdictsWhere({ p: 0.06, low: 0.4 }), ["cannot tell", "cannot tell", "cannot tell"]);
  assertEquals(verdictsWhere({ p: 0.04, low: -0.1 }), ["cannot tell", "cannot tell", "cannot tell"]);
});

/** What an arm shows with these measures over all sizes, and F1 as it won in every cell. */
function armWith(arm: string, measured: Partial<Record<MeasureName, Partial<Effect>>>): Outcomes {
  const won = outcomesOf([...grid(arm, good), ...grid("none")], { arm, control: "none", resamples: 10 });
  const slices = won.slices.map((slice) => {
    const effects: Partial<Record<MeasureName, Effect>> = { ...slice.effects };
    for (const [name, change] of Object.entries(measured) as [MeasureName, Partial<Effect>][]) {
      effects[name] = { ...slice.effects.f1!, ...change };
    }
    return { ...slice, effects, f1Bootstrap: { low: 0.4, high: 0.9 } };
  });
  return { ...won, slices };
}

Deno.test("arms that are looked at together are corrected for each other, and so are the ways in which F1 might rise", () => {
  const statuses = (outcomes: Outcomes[], claim: string) =>
    verdictsOf(outcomes).filter((verdict) => verdict.claim.startsWith(claim) && verdict.size === null)
      .map(({ status }) => status);
  const [span, token] = ["span", "token"].map((arm) => armWith(arm, { f1: { p: 0.03 } }));
  assertEquals(statuses([span], "It raises"), ["supported"]);
  assertEquals(statuses([span, token], "It raises"), ["cannot tell", "cannot tell"]);
  const way = (p: number) => ({ p, interval: { low: 0.03, high: 0.2 } });
  const finds = (p: number) =>
    armWith("span", { unseenRecall: way(p), longRecall: way(0.9), contextF1: way(0.9) });
  assertEquals(statuses([finds(0.01)], "It finds more names not seen"), ["supported"]);
  assertEquals(statuses([finds(0.03)], "It finds more names not seen"), ["cannot tell"]);
});

Deno.test("of time and tokens to the best score, less than a tenth saved is not worth having, whatever the scale", () => {
  const verdictAt = (low: number) => {
    const saved = { p: 0.9, interval: { low, high: 1.1 } };
    const arm = armWith("span", { secondsToBest: saved, tokensToBest: saved });
    return find(verdictsOf([arm]), "It needs less training time").status;
  };
  assertEquals(verdictAt(0.901), "not supported");
  assertEquals(verdictAt(0.899), "cannot tell");
});

Deno.test("at the largest size F1 is not lost, is lost, or cannot be told, by its intervals alone", () => {
  const compared = outcomesOf([...grid("span"), ...grid("none")], { arm: "span", control: "none" });
  const loss = (low: number, high: number) =>
    find(
      verdictsOf([{
        ...compared,
        slices: compared.slices.map((slice) => ({
          ...slice,
          effects: { f1: { ...slice.effects.f1!, interval: { low, high } } },
          f1Bootstrap: { low, high },
        })),
      }]),
      "It loses no",
      250,
    );
  assertEquals(loss(-0.009, 0.02).status, "supported");
  assertEquals(loss(-0.03, 0.02).status, "cannot tell");
  assertEquals(loss(-0.03, -0.001).status, "not supported");
  assertStringIncludes(loss(-0.03, -0.001).text, "Not supported at 250 sentences: it falls; ");
});

Deno.test("five differences are too few for any verdict on F1, and the sentence says so", () => {
  const few = (records: RunRecord[]) => records.filter(({ key }) => key.dataset === "swa");
  const compared = outcomesOf([...few(grid("span", good)), ...few(grid("none"))], {
    arm: "span",
    control: "none",
  });
  const verdict = find(verdictsOf([compared]), "It raises");
  assertEquals(verdict.status, "cannot tell");
  assertStringIncludes(verdict.text, "fewer than six independent differences");
});

Deno.test("without a pair nothing can be told", () => {
  const verdicts = verdictsOf([outcomesOf(grid("span"), { arm: "span", control: "none" })]);
  assertEquals(new Set(verdicts.map(({ status }) => status)), new Set(["cannot tell"]));
});

Deno.test("a claim whose measure no run has cannot be told, for that reason", () => {
  const blind = testCounts({ ...exampleTags, recovery: { absent: "there is no masked-LM head" } });
  const records = [...grid("span", blind), ...grid("none", blind)];
  const verdict = find(verdictsOf([outcomesOf(records, { arm: "span", control: "none" })]), "It generates");
  assertEquals(verdict.status, "cannot tell");
  assertStringIncludes(
    verdict.text,
    "Cannot tell over all sizes: masked subwords recovered: measured in no pair of runs",
  );
});
