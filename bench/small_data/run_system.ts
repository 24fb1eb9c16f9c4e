/** Runs a system on a draw: each list of its grid in a process of its own, measured from outside. */

import { fromFileUrl } from "@std/path";
import { readLabelledFile } from "../../src/cli/files/files.ts";
import { LacunaError } from "../../src/errors.ts";
import { mentionTexts } from "../../src/evaluation/entities.ts";
import { type ScoreReport, scoreSentences } from "../../src/evaluation/scores.ts";
import { type Command, runJson } from "../measure/process.ts";
import { type Draw, drawFiles, writeDraw } from "./draw.ts";
import { type SystemRecord, testScores } from "./record.ts";
import type { System } from "./systems.ts";

/**
 * The interpreter of the peers, which also starts our own commands, so that all are measured in the same way.
 */
export const PYTHON = "out/peers/venv/bin/python";

/** What measured.py says. */
interface Measured {
  readonly exitCode: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** One list of options, and where its output is. */
interface Trial extends Measured {
  readonly options: readonly string[];
  readonly folder: string;
  readonly devF1: number;
}

/** Where a system runs. */
interface Place {
  readonly draw: Draw;
  /** A folder that is there and that the run has to itself. */
  readonly work: string;
  readonly threads?: number;
}

/** One list of options, and where its output goes. */
interface TrialPlan extends Place {
  readonly options: readonly string[];
  readonly folder: string;
}

/**
 * The record of a system on a draw. Test is scored once, with the options that were best on dev.
 *
 * @throws {LacunaError} if a process fails, with what it printed last
 */
export async function runSystem(system: System, { draw, work, threads }: Place): Promise<SystemRecord> {
  await writeDraw(work, draw);
  const trials: Trial[] = [];
  for (const [i, own] of system.grid.entries()) {
    const options = [...system.options(draw), ...own];
    const folder = `${work}/${i}`;
    await Deno.mkdir(folder);
    trials.push(await runTrial(system, { draw, work, threads, options, folder }));
  }
  const best = trials.reduce((best, trial) => trial.devF1 > best.devF1 ? trial : best);
  const { data, size, seed, training, dev, test } = draw;
  const report = isOurs(system)
    ? await evaluateModel(best.folder, work)
    : await scorePredictions(`${best.folder}/test.conll`, draw, "test");
  const { options, devF1, seconds, cpuSeconds, peakBytes } = best;
  return {
    ...{ system: system.name, data, size, seed, options, tried: trials.length },
    sentences: { training: training.length, dev: dev.length, test: test.length },
    ...{ devF1, ...testScores(report), seconds, cpuSeconds, peakBytes },
  };
}

async function runTrial(system: System, trial: TrialPlan): Promise<Trial> {
  const { draw, options, folder } = trial;
  const output = `${folder}/stdout`;
  const command = isOurs(system) ? trainCommand(system, trial) : peerCommand(system, trial);
  const measured = await runJson<Measured>([PYTHON, script("measured.py"), output, ...command]);
  const printed = (await Deno.readTextFile(output)).trim().split("\n").at(-1)!;
  // A model that finds nothing is a failed run of train, with scores; here it is a score of 0.
  const scored = isOurs(system) && printed.startsWith("{");
  if (measured.exitCode !== 0 && !scored) {
    throw new LacunaError(
      `${system.name} on ${draw.data}, ${draw.size} sentences, seed ${draw.seed}: expected exit code 0, ` +
        `found ${measured.exitCode}: ${printed || "it says why above"}`,
    );
  }
  const devF1 = scored
    ? JSON.parse(printed).devF1
    : (await scorePredictions(`${folder}/dev.conll`, draw, "dev")).strict.micro.f1;
  return { ...measured, options, folder, devF1 };
}

function isOurs({ runner }: System): boolean {
  return runner === "encoder" || runner === "words";
}

/** `train`, which draws the same sample from all sentences and knows the tags of all of them. */
function trainCommand({ runner }: System, { draw, work, threads, options, folder }: TrialPlan): Command {
  const { all, dev } = drawFiles(work);
  const share = threads === undefined ? [] : ["--threads", String(threads)];
  return [
    ...ourCommand("train"),
    ...["--train", all, "--limit", String(draw.size), "--seed", String(draw.seed), "--dev", dev],
    ...["--out", folder, "--json", ...options],
    ...runner === "encoder" ? ["--device", "cpu", ...share] : [],
  ];
}

function peerCommand({ runner }: System, { draw, work, options, folder }: TrialPlan): Command {
  const seed = runner === "spacy" ? ["--seed", String(draw.seed)] : [];
  const name = runner === "crf" ? "crf.py" : "spacy_ner.py";
  return [PYTHON, script(name), work, "--out", folder, ...seed, ...options];
}

/** The report of `deno task evaluate` on the test sentences of a draw. */
async function evaluateModel(model: string, work: string): Promise<ScoreReport> {
  const { train, test } = drawFiles(work);
  const output = `${model}/evaluation`;
  const command = [...ourCommand("evaluate"), "--model", model, "--data", test, "--train", train, "--json"];
  await runJson<Measured>([PYTHON, script("measured.py"), output, ...command, "--device", "cpu"]);
  return JSON.parse((await Deno.readTextFile(output)).trim().split("\n").at(-1)!);
}

/** Scores a peer's CoNLL file with our own scorer. */
async function scorePredictions(path: string, draw: Draw, part: "dev" | "test"): Promise<ScoreReport> {
  const predicted = await readLabelledFile(path, { scheme: "IOB2" });
  return scoreSentences(
    draw[part].map(({ tags }) => tags),
    predicted.sentences.map(({ tags }) => tags),
    { trainingMentions: mentionTexts(draw.training), words: draw[part].map(({ words }) => words) },
  );
}

function ourCommand(name: "train" | "evaluate"): Command {
  const file = fromFileUrl(new URL(`../../src/cli/${name}/${name}.ts`, import.meta.url));
  return [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-write", file];
}

function script(name: string): string {
  return fromFileUrl(new URL(`../peers/${name}`, import.meta.url));
}
