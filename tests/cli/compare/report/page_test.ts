import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { reportPage } from "../../../../src/cli/compare/report/page.tsx";
import { studyReport } from "../../../../src/cli/compare/report/study_report.ts";
import { exampleRecord } from "../../../study/records.ts";
import { exampleInput, examplePlan } from "./study.ts";

const pageOf = (input: Parameters<typeof exampleInput>[0] = {}) =>
  reportPage(studyReport(exampleInput(input)));

Deno.test("the page has every arm, data set, size, seed and run of the plan", () => {
  const page = pageOf();
  for (const arm of ["none", "span"]) {
    for (const dataset of ["swa", "hau"]) {
      for (const size of [50, 100]) {
        assertMatch(page, new RegExp(`<th[^>]*>${dataset}</th><td[^>]*>${size}</td><td[^>]*>${arm}</td>`));
        for (const seed of [1, 2]) assertStringIncludes(page, `>${arm}-${dataset}-${size}-${seed}<`);
      }
    }
  }
  assertStringIncludes(page, "16 of 16 runs are finished");
  assertStringIncludes(page, "Every run of the plan is there.");
});

Deno.test("missing runs, runs that diverged and what was cut are named", () => {
  const page = pageOf({
    has: (run) => run !== "span-hau-100-2" && !run.startsWith("span-swa-50"),
    failures: [{ run: "span-hau-100-2", message: "the loss is not finite" }],
    cuts: ["seed 3"],
  });
  assertStringIncludes(page, "3 runs missing: span-swa-50-1, span-swa-50-2, span-hau-100-2.");
  assertStringIncludes(page, "span-hau-100-2 diverged: the loss is not finite");
  assertStringIncludes(page, "Cut to the budget: seed 3.");
  assertMatch(page, />swa<\/th><td[^>]*>50<\/td><td[^>]*>span<\/td><td[^>]*>0 of 2<\/td><td[^>]*>missing</);
  assertMatch(page, />hau<\/th><td[^>]*>100<\/td><td[^>]*>span<\/td><td[^>]*>1 of 2</);
});

Deno.test("the page loads nothing and runs nothing", () => {
  const page = pageOf();
  assert(!/<script|<link|<img|<iframe|<object|@import|url\((?!#)|\bsrc=|\bon[a-z]+="/i.test(page));
  const addresses = page.match(/\b(?:https?:)?\/\/[^\s"<]+/g) ?? [];
  assertEquals(addresses, []);
  for (const [, target] of page.matchAll(/href="([^"]*)"/g)) assert(target.startsWith("#"), target);
});

Deno.test("names of plots are unique, and every reference inside of them is there", () => {
  const page = pageOf();
  const ids = Array.from(page.matchAll(/\bid="([^"]+)"/g), ([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const [, id] of page.matchAll(/(?:url\(#|href="#)([^)"]+)/g)) assert(ids.includes(id), id);
});

Deno.test("text from plans, data and records cannot become markup", () => {
  const hostile = `</style><script>alert("1")</script>&amp;<img src=x onerror=alert(2)>'`;
  const plan = examplePlan({ arms: ["none", hostile].map((name) => ({ name, settings: {}, share: 1 })) });
  const key = { arm: hostile, dataset: hostile, size: 50, seed: 1 };
  const record = { ...exampleRecord(key), device: hostile, model: hostile, versions: { [hostile]: hostile } };
  const page = pageOf({
    plan,
    datasets: [hostile],
    records: [record, exampleRecord({ ...key, arm: "none" })],
    cuts: [hostile],
    failures: [{ run: hostile, message: hostile }],
    command: hostile,
    disagreements: [{
      ...key,
      ...{ sentence: 1, gain: 1, words: [hostile, "b"] },
      ...{ gold: ["B-PER", "O"], control: ["O", "O"], treatment: [`B-${hostile}`, "O"] },
    }],
  });
  assert(!/<script|<img/i.test(page));
  assertEquals(page.match(/<\/style>/g)?.length, 1);
});

Deno.test("one arm, one seed, no runs and dev scores alone make a page that says so", () => {
  const one = pageOf({ plan: examplePlan({ arms: examplePlan().arms.slice(0, 1) }) });
  assertStringIncludes(one, "Only none was asked for, so nothing is compared.");
  const seed = pageOf({ plan: examplePlan({ seeds: [1], sizes: [50] }), datasets: ["swa"] });
  assertStringIncludes(seed, "fewer than six independent differences cannot show anything");
  assertStringIncludes(seed, "nothing: fewer than six differences");
  const none = pageOf({ has: () => false });
  assertStringIncludes(none, "There are no finished runs yet");
  assertStringIncludes(none, "Cannot tell: span and none have no tested runs in common.");
  const plan = examplePlan({ devOnly: true });
  const { records } = exampleInput({ plan });
  const dev = pageOf({ plan, records: records.map(({ test: _, ...record }) => record) });
  assertStringIncludes(dev, "Test was left untouched, so there are no verdicts");
  assertStringIncludes(dev, "strict F1 on dev by number of training sentences");
  for (const page of [one, seed, none, dev]) assert(!/NaN|Infinity|undefined|\[object/.test(page));
});

Deno.test("the same records give the same bytes", () => {
  assertEquals(pageOf(), pageOf());
});

Deno.test("headings descend one by one, tables have captions, plots have captions and no text for screen readers", () => {
  const page = pageOf();
  const levels = Array.from(page.matchAll(/<h(\d)/g), ([, level]) => Number(level));
  assertEquals(levels[0], 1);
  levels.forEach((level, i) => assert(i === 0 || level <= levels[i - 1] + 1));
  const count = (pattern: RegExp) => page.match(pattern)?.length;
  assertEquals(count(/<table/g), count(/<caption>./g));
  assertEquals(count(/<figure>/g), count(/<figcaption>./g));
  assertEquals(count(/<svg/g), count(/<svg [^>]*aria-hidden="true"/g));
});
