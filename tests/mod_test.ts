import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import * as lacuna from "../mod.ts";
import {
  exampleFindings,
  exampleProgram,
  mayServeAndRun,
  ROOT,
  runDeno,
  withFolder,
  withServer,
} from "./examples/outside.ts";
import { tinyModelStore } from "./fixtures.ts";

Deno.test("mod.ts exports these names and no others", () => {
  assertEquals(Object.keys(lacuna).sort(), [
    "CheckpointError",
    "DataError",
    "DeviceError",
    "DeviceLostError",
    "ERROR_KINDS",
    "LacunaError",
    "MemoryStore",
    "Message",
    "OptionError",
    "TrainingError",
    "UrlStore",
    "defaultEncoderDistillationSettings",
    "defaultPretrainingSettings",
    "defaultSettings",
    "defaultTaggerDistillationSettings",
    "distilEncoder",
    "distilTagger",
    "formatConll",
    "formatScores",
    "maskingNames",
    "measureMatmul",
    "mentionTexts",
    "objectives",
    "openDevice",
    "openTagger",
    "parseConll",
    "predict",
    "predictStream",
    "pretrain",
    "readBrat",
    "readLabelled",
    "readVariants",
    "sampleSentences",
    "schedules",
    "scoreSentences",
    "splitSentences",
    "splitWords",
    "tagSentences",
    "train",
    "trainWords",
  ]);
});

Deno.test("an error tells its class by name, also in its stack", () => {
  const { name, stack } = new lacuna.DataError("a.conll:3: expected a tag");
  assertEquals(name, "DataError");
  assertStringIncludes(stack!, "DataError: a.conll:3: expected a tag\n");
});

Deno.test("devices and taggers that Lacuna did not open are refused", async () => {
  const store = await tinyModelStore();
  const { sentences } = lacuna.parseConll("Amina B-PER\n");
  const memory = { liveBytes: 0, peakBytes: 0, reservedBytes: 0 };
  const device = { kind: "cpu" as const, description: "mine", variants: {}, memory, destroy() {} };
  const start = { store, dir: "", scratch: true };
  const out = { store: new lacuna.MemoryStore(), dir: "" };
  const run = { device, training: sentences, dev: sentences, start, out };
  await assertRejects(() => lacuna.train(run), TypeError, "Expected a device from openDevice()");
  const tagger = { labels: ["O"], free() {} };
  await assertRejects(
    () => lacuna.predict(tagger, "Amina"),
    TypeError,
    "Expected a tagger from openTagger()",
  );
});

Deno.test(
  "mod.ts bundled for browsers trains and tags without Deno's and Node's globals (needs --allow-run=deno --allow-net=127.0.0.1)",
  { ignore: !mayServeAndRun },
  () =>
    withServer((origin) =>
      withFolder(async (folder, env) => {
        const bundle = join(folder, "lacuna.js");
        await runDeno(["bundle", "--platform", "browser", "--minify", "--output", bundle, "mod.ts"], {
          cwd: fromFileUrl(ROOT),
        });
        const code = await Deno.readTextFile(bundle);
        assertEquals(
          code.match(/\bDeno\.|\bprocess\.|\brequire\(|["'`]node:|\bimport\b(?!\.meta\.url).{0,20}/g),
          null,
        );

        const program = await exampleProgram({ mod: "./lacuna.js", weights: `${origin}/weights/` });
        await Deno.writeTextFile(join(folder, "program.js"), program);
        const strip = `for (const name of ["Deno", "process", "Buffer", "global"]) delete globalThis[name];`;
        await Deno.writeTextFile(join(folder, "page.js"), `${strip}\nawait import("./program.js");\n`);
        const output = await runDeno(
          ["run", "--no-config", "--no-prompt", `--allow-net=${new URL(origin).host}`, "page.js"],
          { cwd: folder, env },
        );
        assertStringIncludes(output, exampleFindings);
      })
    ),
);
