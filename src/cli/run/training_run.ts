/**
 * What runs that train have in common at the terminal: folders, log, progress, device, Ctrl-C and SIGTERM.
 */

import type { RealDType } from "../../../kernels/contract.ts";
import { readConfig } from "../../model/config.ts";
import type { ComputeDevice } from "../../device/device.ts";
import { chooseDevice } from "../../device/open.ts";
import { unlessAborted } from "../../device/unless_aborted.ts";
import { endedBy } from "../../device/yield_to_host.ts";
import type { RunInput } from "../../run/input.ts";
import { inOwnFolder, ownFolder, RunFolder, STATE_INTERVAL } from "../../run/run_folder.ts";
import { hasBegun, STATE_FILE } from "../../run/state.ts";
import { checkApart, type NamedPath, placesOf } from "../files/apart.ts";
import type { Console, Outcome } from "../frame/command.ts";
import { attempt, DenoStore } from "../files/deno_store.ts";
import { deviceOptions, openDevice } from "../device/device.ts";
import { openModelFolder } from "../files/files.ts";
import { chooseMatmul, describeMatmul, matmulOption } from "../device/matmul.ts";
import { hashModel } from "../files/model_hashes.ts";
import { needs } from "../frame/needs.ts";
import { flag, text, type Values } from "../frame/options.ts";
import { sameCall } from "../frame/parse_arguments.ts";
import { Progress, type RunEvent } from "../progress/progress.ts";
import { TrainingLog } from "../files/training_log.ts";
import { versions } from "../frame/versions.ts";

/** The options of commands that train, beside what they compute. */
export const runOptions = {
  ...deviceOptions,
  ...matmulOption,
  resume: flag(
    "goes on with the run in --out that Ctrl-C, SIGTERM or a crash ended; all other options as they were",
  ),
  allowInexact: flag("resumes on another device too, where rounding differs"),
  log: text("FILE", "JSON Lines log of the whole run (default: log.jsonl in --out)"),
};

/** Where a run begins, where it goes and where it computes. */
export interface RunPlaces extends Values<typeof runOptions> {
  /** The task's name. */
  readonly command: string;
  /** Folder of the model to start from. */
  readonly model: string;
  /** Whether only its config and tokenizer are taken. */
  readonly scratch: boolean;
  /** Folder of the result. */
  readonly out: string;
  /** Milliseconds between two states. */
  readonly stateInterval?: number;
}

/** What a person cannot ask a command for. */
export type RunSeams = Pick<RunPlaces, "stateInterval">;

/** The part of a command that is its own. */
export interface RunBody<Event, Result> {
  /** Lines for the person on what was made of the data. */
  readonly notes?: readonly string[];
  readonly settings: { readonly precision: RealDType };
  /** What the log's first line says of the data. */
  readonly data: unknown;
  /** A line for the person on an event, where it deserves one. */
  readonly describe: (event: Event) => string | undefined;
  readonly run: (input: Required<RunInput<Event>>) => Promise<Result>;
  /** Tells what a run came to that was not interrupted. */
  readonly report: (result: Result, run: FinishedRun) => Promise<Outcome>;
}

/** Where a run is over that came to its end. */
export interface FinishedRun {
  readonly device: ComputeDevice;
  /** The path of the log. */
  readonly log: string;
  /** Ends what is not worth waiting for. */
  readonly signal: AbortSignal;
}

/** What a run came to, as far as it matters here. */
interface RunResult {
  readonly status: string;
  readonly steps: number;
}

/**
 * Runs it. Nothing is written before everything that can be checked was, but the folder of the result and
 * measured kernels; and where Ctrl-C or SIGTERM comes before, a state that says so: whoever is told that a
 * run was interrupted can resume it.
 */
export async function runTraining<Event extends RunEvent, Result extends RunResult>(
  console: Console,
  places: RunPlaces,
  prepare: () => Promise<RunBody<Event, Result>>,
): Promise<Outcome> {
  const signal = console.interruption();
  const store = new DenoStore(places.out);
  try {
    return await run(await prepare(), { console, places, store, signal });
  } catch (error) {
    if (!endedBy(signal, error)) throw error;
    const out = { store, dir: "" };
    await inOwnFolder({ out }, () => new RunFolder(out, { resumed: places.resume }).saveUnbegun());
    return interrupted({ status: "interrupted", steps: 0 }, places, console);
  }
}

async function run<Event extends RunEvent, Result extends RunResult>(
  body: RunBody<Event, Result>,
  { console, places, store, signal }: {
    readonly console: Console;
    readonly places: RunPlaces;
    readonly store: DenoStore;
    readonly signal: AbortSignal;
  },
): Promise<Outcome> {
  const { model, scratch, out, resume, allowInexact } = places;
  const source = await openModelFolder(model);
  await checkWritable(out);
  await using lock = await ownFolder({ out: { store, dir: "" }, resume });
  const goesOn = resume && await hasBegun({ store, dir: "" });
  using log = await TrainingLog.open(places.log ?? store.locate("log.jsonl"));
  using progress = new Progress(console, { describe: body.describe });
  signal.addEventListener("abort", () => progress.say("Interrupted: saving (Ctrl-C again leaves at once)"));
  const matmul = await unlessAborted(
    chooseMatmul(places, {
      out: store,
      resume,
      question: async () => {
        const { hiddenSize, intermediateSize } = await readConfig(source, "");
        return { hiddenSize, intermediateSize, precision: body.settings.precision };
      },
    }),
    signal,
  );
  const run = {
    versions,
    arguments: console.args,
    model: { dir: model, scratch, sha256: await hashModel(source, { scratch, signal }) },
    data: body.data,
    out,
    matmul,
  };
  let started = false;
  const onEvent = (event: Event) => {
    if (!started && !goesOn) log.clear();
    started = true;
    log.write(event.type === "start" ? { ...event, ...run } : event);
    progress.show(event);
  };
  const { device, line } = await openDevice(
    places,
    (kind, options) => chooseDevice(kind, { ...options, matmul: matmul?.table }),
  );
  try {
    const products = matmul && device.variants.matmul ? [describeMatmul(device.variants, matmul)] : [];
    for (const note of [...body.notes ?? [], line, ...products]) progress.say(note);
    if (resume && !goesOn) {
      progress.say(`The run in ${out} was interrupted before its first step: it begins now.`);
    } else if (!resume && await store.exists(STATE_FILE)) {
      progress.say(`Beginning anew; --resume would go on with the interrupted run in ${out}.`);
    } else if (!resume && await store.exists("model.safetensors")) {
      progress.say(`The model of an earlier run in ${out} will be replaced.`);
    }
    const result = await body.run({
      device,
      start: { store: source, dir: "", scratch },
      out: { store, dir: "" },
      resumable: true,
      stateInterval: places.stateInterval ?? STATE_INTERVAL,
      lock,
      resume,
      allowInexact,
      signal,
      onEvent,
    });
    progress.close();
    if (result.status === "interrupted") return interrupted(result, places, console);
    return await body.report(result, { device, log: log.path, signal });
  } catch (error) {
    // A run that could not begin leaves the log of the one before as it was.
    if (started) logError(log, error);
    throw error;
  } finally {
    device.destroy();
  }
}

/** Of the folder of a run, beside its log: the model, the state, and kernels that were measured. */
const RUN_FILES = /^[^/]+\.(json|safetensors|partial)$|^\.lacuna\.lock$|^README\.md$/;
const RUN_FILES_AND_LOG = new RegExp(`${RUN_FILES.source}|^log\\.jsonl$`);

/**
 * Refuses places that do not go together.
 *
 * @param places `model` is where a run begins, if it begins anywhere; `read` has what is read beside it
 * @throws {UsageError} saying which options
 */
export async function checkPlaces(
  { model, out, log, blas, read, ...places }:
    & Pick<RunPlaces, "out" | "log" | "blas" | "resume" | "allowInexact">
    & { readonly model?: NamedPath; readonly read: readonly NamedPath[] },
): Promise<void> {
  needs(places, "allowInexact", { other: "--resume", there: places.resume });
  await checkApart({
    read: [...model ? [model] : [], ...read, ...placesOf({ blas })],
    written: [
      ...placesOf({ out }, { files: log === undefined ? RUN_FILES_AND_LOG : RUN_FILES }),
      ...placesOf({ log }),
    ],
  });
}

/** Finds out whether files can be made in a folder before a run has cost time; makes the folder. */
export async function checkWritable(folder: string): Promise<void> {
  await attempt(`cannot write to the folder ${folder}`, async () => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder }));
  });
}

/** Logs why a run failed. */
function logError(log: TrainingLog, error: unknown): void {
  try {
    log.write({ type: "error", message: error instanceof Error ? error.message : String(error) });
  } catch {
    // The first error is the one to tell, and on a full disk it is often the same.
  }
}

/** What a person is told after Ctrl-C or SIGTERM, and how to go on. */
function interrupted(
  { status, steps }: RunResult,
  { command, out, resume }: RunPlaces,
  console: Console,
): Outcome {
  const again = `${sameCall(command, console, { without: ["--resume"] })} --resume`;
  const when = steps > 0
    ? `after step ${steps}, state saved in ${out}`
    : resume
    ? `before it went on; its state in ${out} is as it was`
    : `before the first step, state saved in ${out}`;
  return {
    interrupted: true,
    json: { status, steps, out },
    failure: `Interrupted ${when}. To go on: ${again}`,
  };
}
