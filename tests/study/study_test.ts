import { assert, assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { DataError, LacunaError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readText } from "../../src/store/store.ts";
import { namedArm, namedArms } from "../../src/study/arms.ts";
import { parseRecords } from "../../src/study/read_records.ts";
import { runName, type RunRecord } from "../../src/study/record.ts";
import { summarise } from "../../src/study/summary.ts";
import { hookedStore } from "../store/hooked_store.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { runTiny, tinyData, tinyInput, tinyPlan } from "./tiny_study.ts";

/** What a record says but for times, which differ from run to run. */
function timeless({ cost, curve, ...record }: RunRecord) {
  const { seconds: _, secondsPerStep: __, secondsToBest: ___, ...work } = cost;
  return { ...record, cost: work, curve: curve.map(({ seconds: _, ...point }) => point) };
}

async function recordsIn(store: MemoryStore): Promise<RunRecord[]> {
  return parseRecords(await readText(store, "results.jsonl"));
}

const grid = { seeds: [1, 2], sizes: [4, 8], budgetEpochs: 2 };

Deno.test("a study leaves a record and the tags of every run, and all records in one file, seed by seed", async () => {
  const { result, store } = await runTiny({ plan: grid });
  const names = ["none-swa-4-1", "span-swa-4-1", "none-swa-8-1", "span-swa-8-1"];
  const all = [...names, ...names.map((name) => name.replace(/1$/, "2"))];
  assertEquals(result.records.map(({ key }) => runName(key)), all);
  assertEquals(await recordsIn(store), [...result.records]);
  assertEquals(
    await store.list("runs/"),
    all.flatMap((name) => [`runs/${name}.json`, `runs/${name}.tags`]).sort(),
  );
  // What a run saw are the names of its own sample: the made-up ones repeat, and a larger sample shows more
  // of them.
  const seen = result.records.map(({ test }) => test!.names.seen.gold);
  assert(seen[2] > seen[0] && seen[0] > 0, `${seen}`);
  const tags = (await readText(store, "runs/span-swa-8-1.tags")).trimEnd().split("\n");
  assertEquals(tags.length, tinyPlan.testLimit);
  assert(tags.every((line) => /^((O|[BI]-(PER|LOC)) ?)+$/.test(line)));
  for (const { curve, cost, dev } of result.records) {
    assert(curve.length <= 5);
    assertEquals(cost.tokensToBest, curve.find(({ epoch }) => epoch === dev.bestEpoch)!.tokens);
    assertEquals(curve.at(-1)!.tokens, cost.forwardBackwardTokens);
    assert(cost.peakBytes > 0 && cost.secondsToBest <= cost.seconds);
  }
});

Deno.test("a plan can name a budget for each size, and goes on with runs that had the same one", async () => {
  const plan = { seeds: [1], sizes: [4, 8] };
  const out = { store: new MemoryStore(), dir: "" };
  const { result: { records: equal } } = await runTiny({ plan: { ...plan, budgetEpochs: 4 }, out });
  await out.store.remove("runs/none-swa-8-1.json");
  await out.store.remove("runs/span-swa-8-1.json");
  const { result: { records: each }, events } = await runTiny({
    plan: { ...plan, budgetEpochs: { 4: 4, 8: 2 } },
    out,
  });
  assertEquals(each.slice(0, 2), equal.slice(0, 2));
  assertEquals(events.filter(({ type }) => type === "run").length, 2);
  for (const i of [2, 3]) {
    assertEquals(each[i].settings.budgetTokens, equal[i].settings.budgetTokens as number / 2);
  }
});

Deno.test("all arms of a size and seed see the same sentences, and other seeds see others", async () => {
  // Their model has no masked-LM head that could propose names.
  const arms = namedArms.filter(({ name }) => name !== "augmentation");
  const { result } = await runTiny({ plan: { ...grid, arms } });
  const seen = Map.groupBy(result.records, ({ settings }) => settings.data);
  assertEquals(seen.size, 4);
  for (const records of seen.values()) assertEquals(records.length, arms.length);
  const recovered = result.records.filter(({ test }) => !("absent" in test!.recovery));
  assertEquals(new Set(recovered.map(({ key }) => key.arm)), new Set(["span+joint", "token+joint"]));
});

Deno.test("a study that is interrupted at any time and goes on has the same records, and loses runs in progress only", async () => {
  const whole = (await runTiny({ plan: grid })).result.records.map(timeless);
  for (const events of [1, 2, 15, 30, 45]) {
    const out = { store: new MemoryStore(), dir: "" };
    const interrupt = new AbortController();
    const finished: string[] = [];
    let seen = 0;
    const reason = await runTiny({
      plan: grid,
      out,
      signal: interrupt.signal,
      onEvent: (event) => {
        if (event.type === "run") finished.push(runName(event.record.key));
        if (++seen === events) interrupt.abort();
      },
    }).catch((error) => error);
    assertEquals(reason, interrupt.signal.reason, `after ${events} events`);
    const { result, events: second } = await runTiny({ plan: grid, out });
    assertEquals(result.records.map(timeless), whole);
    const [stage] = second.filter((event) => event.type === "stage");
    assertEquals([stage.kept, stage.cells.length], [finished.length, whole.length - finished.length]);
  }
});

Deno.test("several runs at a time give the same records", async () => {
  const one = await runTiny({ plan: grid });
  const three = await runTiny({ plan: grid, jobs: 3 });
  assertEquals(three.result.records.map(timeless), one.result.records.map(timeless));
  assertEquals(await recordsIn(three.store), [...three.result.records]);
});

Deno.test("finished runs with other settings, data or model are refused before anything is trained, with what differs", async () => {
  const { store } = await runTiny();
  const out = { store, dir: "" };
  const refusals: [Parameters<typeof runTiny>[0], string][] = [
    [
      { plan: { settings: { ...tinyPlan.settings, batchTokens: 50 } } },
      "runs/none-swa-8-1.json: this run is finished with batchTokens 60, and 50 is asked for",
    ],
    [{ plan: { budgetEpochs: 5 } }, "this run is finished with budgetTokens "],
    [{ plan: { testLimit: 4 } }, "this run is finished with data "],
    [{ data: [tinyData("swa", 7)] }, "this run is finished with "],
  ];
  for (const [input, message] of refusals) {
    const trained = { openDevice: () => Promise.reject(new Error("opened a device")) };
    await assertRejects(() => runTiny({ ...input, ...trained, out }), DataError, message);
  }
  const { checkpoint } = await tinyInput();
  await assertRejects(
    () => runTiny({ checkpoint: { ...checkpoint, hash: "1" }, out }),
    DataError,
    "this run is finished with modelHash 0, and 1 is asked for",
  );
});

Deno.test("a grid can be extended: what is finished is kept", async () => {
  const { store } = await runTiny();
  const { events, result } = await runTiny({
    plan: { arms: ["none", "span", "token"].map(namedArm), seeds: [1, 2] },
    out: { store, dir: "" },
  });
  const [stage] = events.filter((event) => event.type === "stage");
  assertEquals([stage.kept, stage.cells.length], [2, 4]);
  assertEquals(result.records.length, 6);
});

Deno.test("a damaged record is refused by its name", async () => {
  const { store } = await runTiny();
  const sink = await store.write("runs/none-swa-8-1.json");
  await sink.write(new TextEncoder().encode('{"version":1'));
  await sink.close();
  await assertRejects(() => runTiny({ out: { store, dir: "" } }), DataError, "runs/none-swa-8-1.json");
});

Deno.test("a medium that fails at any write leaves finished runs whole, and the study goes on from them", async () => {
  const whole = (await runTiny()).result.records.map(timeless);
  for (let failing = 1;; failing++) {
    const store = new MemoryStore();
    let renames = 0;
    const broken = hookedStore(store, ({ kind }) => {
      if (kind === "rename" && ++renames === failing) throw new LacunaError("the disk is full");
    });
    const failed = await runTiny({ out: { store: broken as MemoryStore, dir: "" } }).then(
      () => false,
      (error) => {
        assertEquals(error.message, "the disk is full");
        return true;
      },
    );
    const { result } = await runTiny({ out: { store, dir: "" } });
    assertEquals(result.records.map(timeless), whole);
    if (!failed) break;
    assert(failing < 30);
  }
});

Deno.test("a run that diverges is told and left out, the others go on, and the same study tries it again", async () => {
  const wild = { name: "wild", settings: { masking: "none", learningRate: 1e30 }, share: 1 };
  const { result, events, store } = await runTiny({
    plan: { arms: [namedArm("none"), wild, namedArm("span")] },
  });
  assertEquals(result.failures.map(({ run }) => run), ["wild-swa-8-1"]);
  assertEquals(result.records.map(({ key }) => key.arm), ["none", "span"]);
  assert(
    events.some((event) => event.type === "failure" && /not finite|finite loss/.test(event.error.message)),
  );
  const again = await runTiny({
    plan: { arms: [namedArm("none"), wild, namedArm("span")] },
    out: { store, dir: "" },
  });
  assertEquals(again.result.failures.length, 1);
});

Deno.test("tuning looks at dev only, with seeds of its own, and every run of an arm gets the rate that is best there", async () => {
  const tuning = { learningRates: [0, 1e-2], seeds: [1001] };
  const { result, store } = await runTiny({
    plan: { tuning, settings: { headLearningRate: 0, batchTokens: 60 }, budgetEpochs: 8 },
  });
  assertEquals(result.chosen, new Map([["none 8", 1e-2], ["span 8", 1e-2]]));
  assertEquals(result.records.map(({ settings }) => settings.learningRate), [1e-2, 1e-2]);
  const [tuned] = parseRecords(await readText(store, "runs/span@0.01-swa-8-1001.json"));
  assertEquals([tuned.test, tuned.settings.learningRate], [undefined, 1e-2]);
  assert(!(await store.list("runs/span@")).some((file) => file.endsWith(".tags")));
  assertEquals((await recordsIn(store)).length, 2);
});

Deno.test("a grid that chooses on dev leaves test untouched, and is no part of one that is tested", async () => {
  const { result, store } = await runTiny({ plan: { devOnly: true } });
  assertEquals(result.records.map(({ test }) => test), [undefined, undefined]);
  assertEquals((await store.list("runs/")).filter((file) => file.endsWith(".tags")), []);
  const [none] = summarise(result.records, { arms: ["none", "span"], outcomes: [] });
  assertEquals(none.f1, result.records[0].dev.f1);
  await assertRejects(
    () => runTiny({ out: { store, dir: "" } }),
    DataError,
    "this run is finished with data ",
  );
});

Deno.test("adaptation is done once for all arms, which begin from its result with its masked-LM head", async () => {
  const text = new MemoryStore({ "raw.txt": "Amina alienda Mwanza leo .\n".repeat(8) });
  const start = { store: await tinyTaggerStore(), dir: "" };
  const input = {
    plan: { adaptation: { epochs: 2, learningRate: 1e-3 } },
    checkpoint: { name: "tiny", hash: "0", start },
    unlabelled: new Map([["swa", [{ store: text, path: "raw.txt" }]]]),
  };
  const { result, store } = await runTiny(input);
  const hashes = new Set(result.records.map(({ settings }) => settings.modelHash));
  assert(hashes.size === 1 && !hashes.has("0"));
  for (const { test } of result.records) assert("total" in test!.recovery && test!.recovery.total > 0);
  const opened: number[] = [];
  const openDevice = () => (opened.push(1), Promise.resolve(new CpuDevice()));
  await runTiny({ ...input, out: { store, dir: "" }, openDevice });
  assertEquals(opened, []);
  await assertRejects(
    () =>
      runTiny({ ...input, plan: { adaptation: { epochs: 3, learningRate: 1e-3 } }, out: { store, dir: "" } }),
    LacunaError,
    "adapted/swa/adaptation.txt: expected this adaptation",
  );
});

Deno.test("an adaptation that is interrupted goes on", async () => {
  const text = new MemoryStore({ "raw.txt": "Amina alienda Mwanza leo .\n".repeat(300) });
  const input = {
    plan: { adaptation: { epochs: 3, learningRate: 1e-3 } },
    checkpoint: { name: "tiny", hash: "0", start: { store: await tinyTaggerStore(), dir: "" } },
    unlabelled: new Map([["swa", [{ store: text, path: "raw.txt" }]]]),
  };
  const whole = await runTiny(input);
  const out = { store: new MemoryStore(), dir: "" };
  const interrupt = new AbortController();
  const onEvent = ({ type }: { type: string }) => type === "adaptation" && interrupt.abort();
  const stopped = await runTiny({ ...input, out, onEvent, signal: interrupt.signal }).catch((error) => error);
  assertEquals(stopped, interrupt.signal.reason);
  const resumed = await runTiny({ ...input, out });
  assertEquals(resumed.result.records.map(timeless), whole.result.records.map(timeless));
});
