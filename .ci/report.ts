/**
 * Reads the JUnit report of `deno test`, prints `N passed, N failed, N skipped`, and fails if a test failed
 * or if other tests were skipped than skipped.json lists for this machine.
 */

import { XMLParser } from "fast-xml-parser";

interface TestCase {
  name: string;
  failure?: unknown;
  error?: unknown;
  skipped?: unknown;
}

interface SkipRule {
  /** The end of the tests' names. */
  suffix: string;
  /** Why they are skipped. */
  reason: string;
  /** Folders, relative to the repository; tests are skipped only where one of them is absent. */
  needs: string[];
}

const [path] = Deno.args;
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  isArray: (name) => name === "testcase" || name === "testsuite",
});
const { testsuites } = parser.parse(await Deno.readTextFile(path));
const cases: TestCase[] = (testsuites.testsuite ?? []).flatMap((suite: { testcase?: TestCase[] }) =>
  suite.testcase ?? []
);

const failed = cases.filter((test) => "failure" in test || "error" in test);
const skipped = cases.filter((test) => "skipped" in test);

const rules: SkipRule[] = JSON.parse(await Deno.readTextFile(new URL("skipped.json", import.meta.url)));
const inForce: SkipRule[] = [];
for (const rule of rules) {
  const there = await Promise.all(rule.needs.map(exists));
  if (there.includes(false)) inForce.push(rule);
}
const mayBeSkipped = (name: string) =>
  inForce.some(({ suffix }) => name.replace(/ \[[^\]]+\]$/, "").endsWith(suffix));
const unexpected = skipped.filter(({ name }) => !mayBeSkipped(name));
const unskipped = cases.filter((test) => mayBeSkipped(test.name) && !("skipped" in test));

for (const { suffix, reason } of inForce) console.log(`Skipped, ${suffix}: ${reason}`);
for (const { name } of unexpected) console.error(`Skipped, and not listed in .ci/skipped.json: ${name}`);
for (const { name } of unskipped) console.error(`Listed as skipped here, but it ran: ${name}`);
for (const { name } of failed) console.error(`Failed: ${name}`);

const wrong = failed.length + unexpected.length + unskipped.length;
const passed = cases.length - failed.length - skipped.length;
console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
Deno.exit(wrong > 0 || passed === 0 ? 1 : 0);

function exists(folder: string): Promise<boolean> {
  return Deno.stat(new URL(`../${folder}`, import.meta.url)).then(() => true, () => false);
}
