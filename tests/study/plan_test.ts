import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError, OptionError } from "../../src/errors.ts";
import { namedArm, namedArms } from "../../src/study/arms.ts";
import { gridCells, tuningCells } from "../../src/study/cells.ts";
import { armSettings, checkPlan, type StudyPlan } from "../../src/study/plan.ts";
import { formatPlan, parsePlan } from "../../src/study/plan_file.ts";
import { checkData, sampleOf, type StudyData, testOf } from "../../src/study/study_data.ts";
import { tinyData, tinyPlan } from "./tiny_study.ts";

Deno.test("every named arm has settings that training takes, and evaluates five times", () => {
  checkPlan({ ...tinyPlan, arms: namedArms });
  for (const arm of namedArms) {
    const settings = armSettings(tinyPlan, arm, { seed: 3, learningRate: 7 });
    assertEquals([settings.evaluations, settings.patience, settings.seed, settings.learningRate], [
      5,
      0,
      3,
      7,
    ]);
  }
  assertThrows(
    () => namedArm("spam"),
    OptionError,
    "Expected arms among none, span, token, span-annealed, ",
  );
});

Deno.test("a plan that cannot be carried out is refused with what is wrong", () => {
  const bad: [Partial<StudyPlan>, string][] = [
    [{ arms: [] }, "Expected arms but found none"],
    [{ arms: [namedArm("span"), namedArm("span")] }, "Expected different arms but found span twice"],
    [{ arms: [{ name: "a b", settings: {}, share: 1 }] }, 'letters, digits and +-_.@ but found "a b"'],
    [{ arms: [{ name: "a", settings: {}, share: 2 }] }, "Arm a: expected its share of the budget"],
    [
      { arms: [{ name: "a", settings: { masking: "some" }, share: 1 }] },
      "Arm a: Expected masking to be one of",
    ],
    [{ sizes: [] }, "Expected sizes but found none"],
    [{ sizes: [50, 50] }, "Expected different sizes but found 50 twice"],
    [{ sizes: [0] }, "Expected a size to be a whole number from 1 but found 0"],
    [{ seeds: [] }, "Expected seeds but found none"],
    [{ seeds: [1.5] }, "Expected a seed to be a whole number from 0 but found 1.5"],
    [{ budgetEpochs: 0 }, "Expected budgetEpochs to be a number above 0 but found 0 for 8 sentences"],
    [
      { sizes: [8, 50], budgetEpochs: { 8: 4 } },
      "budgetEpochs to be a number above 0 but found none for 50 sentences",
    ],
    [{ testLimit: -1 }, "Expected testLimit to be a whole number from 0 but found -1"],
    [{ settings: { learningRate: -1 } }, "Arm none: Expected learningRate"],
    [{ tuning: { learningRates: [], seeds: [9] } }, "Expected learning rates to tune but found none"],
    [
      { tuning: { learningRates: [1], seeds: [1] } },
      "Expected seeds to tune with that are none of the grid's",
    ],
  ];
  for (const [change, message] of bad) {
    assertThrows(() => checkPlan({ ...tinyPlan, ...change }), OptionError, message);
  }
});

Deno.test("data on which a plan cannot be carried out is refused with what is wrong", () => {
  const data = tinyData();
  const bad: [StudyData[], typeof OptionError | typeof DataError, string][] = [
    [[], OptionError, "Expected data but found none"],
    [[{ ...data, name: "s-w" }], OptionError, "Expected the name of a data set"],
    [[data, data], OptionError, "Expected different names of data sets but found swa twice"],
    [[{ ...data, test: [] }], DataError, "swa: expected test sentences but found none"],
    [[{ ...data, dev: [{ words: [], tags: [] }] }], DataError, "swa: expected dev sentences but found none"],
    [
      [{ ...data, test: data.dev }],
      DataError,
      "expected test sentences that are not in dev but found 6 of 6 there",
    ],
    [
      [{ ...data, dev: data.training }],
      DataError,
      "expected dev sentences that are not in training but found 30",
    ],
    [[{ ...data, test: data.training }], DataError, "that are not in training but found 30 of 30 there"],
  ];
  for (const [sets, kind, message] of bad) assertThrows(() => checkData(tinyPlan, sets), kind, message);
  assertThrows(
    () => checkData({ sizes: [8, 31] }, [data]),
    OptionError,
    "swa: expected sizes up to its 30 training sentences but found 31",
  );
});

Deno.test("the sample of a seed nests over sizes, dev has at most as many sentences or 100, the test sample is fixed", () => {
  const many = {
    ...tinyData(),
    dev: Array.from({ length: 300 }, (_, i) => ({ words: [`w${i}`], tags: ["O"] })),
  };
  fc.assert(
    fc.property(
      fc.nat(99),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      (seed, a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((size) => sampleOf(many, { size, seed }));
        assertEquals([small.training.length, large.training.length], [Math.min(a, b), Math.max(a, b)]);
        assert(new Set(small.training).isSubsetOf(new Set(large.training)));
        assertEquals([small.dev.length, large.dev], [100, small.dev]);
      },
    ),
    { seed: 1, numRuns: 30 },
  );
  assertEquals(sampleOf({ ...many, training: many.dev }, { size: 150, seed: 1 }).dev.length, 150);
  assertEquals(testOf(many, { testLimit: 4 }).length, 4);
  assertEquals(testOf(many, { testLimit: 0 }), many.test);
});

Deno.test("cells come seed by seed, and tuning's have seeds and names of their own", () => {
  const plan = {
    ...tinyPlan,
    sizes: [4, 8],
    seeds: [1, 2],
    tuning: { learningRates: [0.1, 0.2], seeds: [1001] },
  };
  const names = gridCells(plan, ["hau", "swa"]).map(({ key: { seed, size, dataset, arm } }) =>
    [seed, size, dataset, arm].join(" ")
  );
  assertEquals(names.slice(0, 5), [
    "1 4 hau none",
    "1 4 hau span",
    "1 4 swa none",
    "1 4 swa span",
    "1 8 hau none",
  ]);
  assertEquals([names.length, names[8]], [16, "2 4 hau none"]);
  const tuning = tuningCells(plan, ["swa"]);
  assertEquals(tuning.length, 8);
  assertEquals(tuning[1].key, { arm: "none@0.2", dataset: "swa", size: 4, seed: 1001 });
  assert(tuning.every(({ tested }) => !tested));
});

Deno.test("a plan is read from its file as it was written, arms by name or with settings of their own", () => {
  const plan = {
    ...tinyPlan,
    model: "models/mbert",
    data: { swa: "data/swa" },
    tuning: { learningRates: [1e-4], seeds: [7] },
    budgetEpochs: { 8: 4 },
  };
  assertEquals(parsePlan(formatPlan(plan), { file: "plan.json" }), plan);
  const { arms, testLimit } = parsePlan(
    '{"arms": ["none", {"name": "mine", "settings": {"masking": "span", "lambda": 2}}], "sizes": [50], "seeds": [1], "budgetEpochs": 9}',
    { file: "plan.json" },
  );
  assertEquals(arms, [namedArm("none"), {
    name: "mine",
    settings: { masking: "span", lambda: 2 },
    share: 1,
  }]);
  assertEquals(testLimit, 0);
});

Deno.test("a plan file that says nothing of use is refused with file and field", () => {
  const bad: [string, string][] = [
    ["[1]", "plan.json: expected a plan, an object, found [1]"],
    ["{", "plan.json: expected a plan in JSON, found "],
    [
      '{"arms": ["none"], "sizes": [50], "seeds": [1]}',
      "plan.json: expected the field budgetEpochs, found none",
    ],
    [
      '{"arms": ["none"], "sizes": 50, "seeds": [1], "budgetEpochs": 2}',
      "sizes to be a list of numbers, found 50",
    ],
    ['{"arms": ["nine"], "sizes": [50], "seeds": [1], "budgetEpochs": 2}', "plan.json: Expected arms among "],
    [
      '{"arms": [{"name": "a", "settings": {"maskng": "span"}}], "sizes": [50], "seeds": [1], "budgetEpochs": 2}',
      "plan.json: expected arms.0",
    ],
    [
      '{"arms": ["none"], "sizes": [50], "seeds": [1], "budgetEpochs": 2, "settings": {"lambda": "x"}}',
      'settings.lambda to be a number, found "x"',
    ],
    [
      '{"arms": ["none"], "sizes": [50], "seeds": [1], "budgetEpochs": -2}',
      "Expected budgetEpochs to be a number",
    ],
  ];
  for (const [text, message] of bad) {
    assertThrows(() => parsePlan(text, { file: "plan.json" }), DataError, message);
  }
});
