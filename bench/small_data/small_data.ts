/** `deno task bench-peers`: taggers that learn from few sentences, ours beside a CRF and spaCy. */

import { basename, resolve } from "@std/path";
import { dataFolders, EMBEDDED_DATA, readFolders } from "../../src/cli/compare/compare_data.ts";
import { checkOwn } from "../../src/cli/files/own_file.ts";
import { type Console, type Outcome, runCommand, UsageError } from "../../src/cli/frame/command.ts";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { listOf, text, texts, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import { checkData } from "../../src/study/study_data.ts";
import { type Draw, drawOf } from "./draw.ts";
import { FORMAT, isSame, readRecords, type SystemRecord, writeRecords } from "./record.ts";
import { PYTHON, runSystem } from "./run_system.ts";
import { summary } from "./summary.ts";
import { systemsWith } from "./systems.ts";

const definition = defineCommand({
  name: "bench-peers",
  summary:
    "Trains taggers from few sentences, a CRF of word features, spaCy's blank pipeline and ours, all on the " +
    "same sentences with options chosen on dev, and scores them on test. bench/README.md says how.",
  options: {
    data: texts(
      "NAME=DIR",
      "folders with train, dev and test, as for compare (default: the embedded corpus)",
    ),
    sizes: listOf(wholeNumber("numbers of training sentences (default: all there are)", { min: 1 })),
    seeds: listOf(wholeNumber("seeds, each with its own sample (default: 1,2,3)", { min: 0 })),
    systems: text("TEXT,...", "systems whose names begin with one of these (default: all)"),
    checkpoint: text("DIR", "a model in Hugging Face's layout, for systems that begin with it"),
    testLimit: wholeNumber("scores on the same seeded sample of so many test sentences; 0 takes all", {
      min: 0,
      default: 400,
    }),
    threads: wholeNumber("threads of our taggers (default: as many as there are cores)", { min: 1, max: 64 }),
    out: text("FILE", "the records; a run goes on where the file ends (default: out/peers/records.json)"),
  },
  examples: [
    { args: "--systems CRF,spaCy", does: "the peers on the embedded corpus" },
    {
      args: "--data swa=data/swa hau=data/hau --sizes 25,50,100 --checkpoint models/e5-small",
      does: "all systems on samples of two languages",
    },
  ],
});

async function main(
  options: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  const { sizes, seeds = [1, 2, 3], checkpoint, testLimit, threads, out = "out/peers/records.json" } =
    options;
  await checkOwn(out, {
    what: "records of this bench",
    beginning: new RegExp(`^\\{\\s*"format":\\s*"${FORMAT}"`),
  });
  const wanted = options.systems?.split(",");
  const start = checkpoint === undefined
    ? undefined
    : { name: basename(resolve(checkpoint)), folder: checkpoint };
  const systems = systemsWith(start)
    .filter(({ name }) => wanted?.some((beginning) => name.startsWith(beginning)) ?? true);
  if (systems.length === 0) throw new UsageError(`Expected names of systems but found ${options.systems}.`);
  const data = await readFolders(dataFolders(options.data) ?? { embedded: EMBEDDED_DATA.swa });
  const sizesOf = (all: number) => sizes ?? [all];
  for (const one of data) checkData({ sizes: sizesOf(one.training.length) }, [one]);

  let records = await readRecords(out);
  for (const seed of seeds) {
    for (const one of data) {
      for (const size of sizesOf(one.training.length)) {
        const draw = drawOf(one, { size, seed, testLimit });
        for (const system of systems) {
          const key = { system: system.name, data: draw.data, size: draw.size, seed };
          if (records.some((record) => isSame(record, key))) continue;
          const record = await inFolder((work) => runSystem(system, { draw, work, threads }));
          console.progress(line(record, draw));
          // Read again: another run may have written its records meanwhile.
          records = [...await readRecords(out), record];
          await writeRecords(out, records);
        }
      }
    }
  }
  console.print(summary(records));
  return { json: { records } };
}

/** A folder that is gone afterwards. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "lacuna-peers-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function line({ system, devF1, testF1, cpuSeconds, peakBytes, options }: SystemRecord, draw: Draw): string {
  return `${draw.data}, ${draw.size} sentences, seed ${draw.seed}: ${system}: dev F1 ${
    (100 * devF1).toFixed(1)
  }, ` +
    `test ${(100 * testF1).toFixed(1)}, ${cpuSeconds.toFixed(0)} CPU seconds, ${
      (peakBytes / 1e6).toFixed(0)
    } MB` +
    ` (${options.join(" ") || "no options"})`;
}

if (import.meta.main) {
  const found = await Deno.stat(PYTHON).then(() => true, () => false);
  if (found) Deno.exit(await runCommand(definition, main));
  console.error(
    `Expected Python with the peers at ${PYTHON}, found none: bench/README.md says how to install them.`,
  );
  Deno.exit(1);
}
