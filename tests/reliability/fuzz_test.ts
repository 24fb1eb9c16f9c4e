import { assert } from "@std/assert";
import { FUZZED } from "./fuzz_targets.ts";
import { LONGEST_MESSAGE } from "./fuzz.ts";
import { watchedFuzz } from "./watched_fuzz.ts";

for (const name of FUZZED) {
  // Some take microseconds to open; a tagger takes milliseconds.
  const wanted = /^model|CoNLL/.test(name) ? 1500 : 150;
  Deno.test(`${wanted} damaged forms of ${name} are opened, or refused in one short sentence, soon`, async () => {
    const { cases, opened, longest } = await watchedFuzz(name, { cases: wanted, seed: 13 });
    assert(cases === wanted && opened > 0 && opened < cases, `${opened} of ${cases} opened`);
    assert(longest > 40 && longest <= LONGEST_MESSAGE, `${longest} characters`);
  });
}
