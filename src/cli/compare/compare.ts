/**
 * `deno task compare`: the masking study, a grid of arms, training sizes and seeds with the same compute for
 * all.
 */

import { CUTTING_ORDER } from "../../study/cut.ts";
import { endedBy } from "../../device/yield_to_host.ts";
import { OptionError } from "../../errors.ts";
import type { StudyInput } from "../../study/input.ts";
import { formatPlan } from "../../study/plan_file.ts";
import { finishedStudy, runStudy } from "../../study/study.ts";
import { surveyStudy } from "../../study/survey.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { writeText } from "../../store/store.ts";
import { checkApart } from "../files/apart.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { readFiles, readFolders, remarksOn } from "./compare_data.ts";
import { planOptions } from "./compare_options.ts";
import { askedPlan, planFileOf } from "./compare_plan.ts";
import { fitPlan, keptFit } from "./compare_fit.ts";
import { devicesOf, openStudyCheckpoint, unlabelledText } from "./compare_inputs.ts";
import { checkStudyFiles, isPlanOf, PLAN_FILE, studyPlaces } from "./compare_places.ts";
import { StudyProgress } from "./compare_progress.ts";
import { reportStudy } from "./compare_report.ts";
import { defineCommand } from "../frame/definition.ts";
import { DenoStore } from "../files/deno_store.ts";
import { deviceOptions } from "../device/device.ts";
import { embeddedModel } from "../files/files.ts";
import { labelledReader, readingOptions } from "../files/labelled.ts";
import { flag, number, text, texts, type Values, wholeNumber } from "../frame/options.ts";
import { sameCall } from "../frame/parse_arguments.ts";
import type { Terminal } from "../frame/terminal.ts";
import { checkWritable } from "../run/training_run.ts";
import { WORK_FOLDER, WorkFolder } from "../files/work_folder.ts";
import { versions } from "../frame/versions.ts";
import { resolveModel } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "compare",
  summary:
    "Measures what masking changes: trains every arm on samples of several sizes with several seeds and the same " +
    "budget of forward-backward tokens, chooses on dev, scores once on test. What is finished is kept: the same command " +
    "goes on where it was interrupted. Without options a small grid on the embedded Swahili corpus.",
  options: {
    ...planOptions,
    plan: text("FILE", "plan fixed in advance (JSON, as plan.json in --out): decides all options above"),
    unlabelled: texts(
      "NAME=FILE",
      "raw text of each data set: the model is adapted to it once, and all arms begin from the result",
    ),
    out: text("DIR", "where runs, results and plan go (default: study)"),
    jobs: wholeNumber("runs at a time; they share the threads", { min: 1, max: 64, default: 1 }),
    budget: number(`hours that the grid may take; what does not fit is cut: ${CUTTING_ORDER}`, { above: 0 }),
    noExamples: flag("leaves sentences of the data out of the report, for data that may not be passed on"),
    dryRun: flag("says what it would cost; trains nothing and writes nothing"),
    reportOnly: flag(
      "reports on the runs that are finished and trains nothing; another process may go on training",
    ),
    ...readingOptions,
    ...deviceOptions,
  },
  examples: [
    { args: "", does: "a small grid on the embedded corpus, in some minutes" },
    {
      args: "--data swa=data/swa hau=data/hau --model models/mbert --sizes 50,100 --seeds 5 --budget 6",
      does: "all arms on two languages, cut to what this machine does in six hours",
    },
    {
      args:
        "--train train.conll --dev dev.conll --test test.conll --model models/mbert --arms none,span --dry-run",
      does: "what two arms on your data would cost",
    },
    { args: "--plan confirm.json --out confirm", does: "a plan that was fixed in advance" },
  ],
});

type CompareOptions = Values<typeof definition.options>;

/** Runs the command; returns its exit code. */
export function compare(terminal?: Terminal): Promise<number> {
  return runCommand(definition, main, terminal);
}

async function main(options: CompareOptions, console: Console): Promise<Outcome> {
  const { out = "study", jobs } = options;
  const planned = await askedPlan(options, { plan: options.plan, adapts: options.unlabelled !== undefined });
  const asked = { ...planned, model: await resolveModel(planned.model, console) };
  if (!options.dryRun) {
    await checkApart(await studyPlaces(options, { out, asked }));
    await checkStudyFiles(out, options);
  }
  const read = labelledReader(options, console);
  const data = asked.folders ? await readFolders(asked.folders, read) : [await readFiles(options, read)];
  const store = new DenoStore(out);
  const checkpoint = await openStudyCheckpoint(asked.model ?? embeddedModel, {
    embedded: asked.model === undefined,
  });
  const unlabelled = options.unlabelled && await unlabelledText(options.unlabelled, data);
  using progress = new StudyProgress(console);
  const signal = console.interruption();
  signal.addEventListener("abort", () => progress.say("Interrupted: runs in progress are lost"));
  const input: StudyInput = {
    plan: asked.plan,
    data,
    checkpoint,
    unlabelled,
    out: { store, dir: "" },
    work: { store: options.dryRun ? new MemoryStore() : store, dir: WORK_FOLDER },
    jobs,
    versions,
    signal,
    openDevice: devicesOf(options, (line) => progress.say(line)),
    onEvent: (event) => progress.show(event),
  };
  const survey = await surveyStudy(input);
  progress.expect(survey);
  const examples = !options.noExamples;
  if (options.reportOnly) {
    const fitted = await keptFit(input, options.budget) ?? { plan: asked.plan, cuts: [] };
    const result = finishedStudy({ ...input, ...fitted }, survey);
    if (result.records.length === 0) throw new OptionError(`Expected finished runs in ${out} but found none`);
    console.endAtOnce();
    return await reportStudy(result, { ...fitted, store, console, data, examples });
  }
  if (!options.dryRun) await checkWritable(out);
  await using _folder = options.dryRun ? undefined : await WorkFolder.open(out);
  for (const remark of [...remarksOn(data), ...survey.warnings]) progress.say(remark);
  try {
    const fitted = await fitPlan(input, {
      survey,
      hours: options.budget,
      keep: !options.dryRun,
      say: (line) => progress.say(line),
    });
    const plan = planFileOf({ ...asked, plan: fitted.plan });
    if (options.dryRun) return { json: { cuts: fitted.cuts, plan } };
    if (options.plan === undefined || !await isPlanOf(out, options.plan)) {
      await writeText(store, PLAN_FILE, formatPlan(plan));
    }
    const result = await runStudy({ ...input, plan: fitted.plan });
    progress.close();
    signal.throwIfAborted();
    console.endAtOnce(); // its bootstraps take long, and the same command makes the report again
    return await reportStudy(result, { ...fitted, store, console, data, examples });
  } catch (error) {
    if (options.dryRun || !endedBy(signal, error)) throw error;
    return {
      interrupted: true,
      json: { interrupted: true, out },
      failure: `Interrupted; what is finished is in ${out}. To go on: ${sameCall("compare", console)}`,
    };
  }
}

if (import.meta.main) Deno.exit(await compare());
