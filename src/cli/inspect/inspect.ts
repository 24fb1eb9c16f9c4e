/** `deno task inspect`: what is in a checkpoint. */

import { widened } from "../../checkpoint/quantised.ts";
import { openCheckpoint } from "../../checkpoint/sharded.ts";
import { openSafetensors } from "../../checkpoint/safetensors.ts";
import { isTrainingState, readTrainingState } from "../../checkpoint/training_state.ts";
import { type Console, type Outcome, runCommand, UsageError } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { DenoStore } from "../files/deno_store.ts";
import { isFolder, openFile } from "../files/files.ts";
import { formatTable, harmless } from "../frame/format.ts";
import { holdsWords, readWords } from "../../model/words_file.ts";
import { openTokenizer } from "../../model/tokenizer_files.ts";
import { countUnknown, type UnknownWords } from "../../text/unknown_words.ts";
import { labelledReader } from "../files/labelled.ts";
import { describeUnknown } from "../frame/unknown_line.ts";
import { describeModel, type ModelSummary, readModel } from "./inspect_model.ts";
import { describeTensors, summarise } from "./inspect_tensors.ts";
import { describeWords, summariseWords } from "./inspect_words.ts";
import { text, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { fileOrModel } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "inspect",
  summary:
    "Shows what is in a checkpoint: its tensors, and for a model directory its config, its tokenizer, and what a " +
    "tagger would take from it. A training_state.safetensors shows its step and settings too.",
  options: {
    path: fileOrModel("a safetensors file or a Hugging Face model directory"),
    data: text("FILE", "a labelled file, of whose words is said how many the tokenizer does not know"),
  },
  examples: [
    { args: "e5-small", does: "shows a model directory" },
    { args: "e5-small --data train.conll", does: "says how well its tokenizer knows the language, too" },
    { args: "out/training_state.safetensors --json", does: "shows where a training run stands, as JSON" },
  ],
});

/** Runs the command; returns its exit code. */
export function inspect(terminal?: Terminal): Promise<number> {
  return runCommand(definition, main, terminal);
}

async function main({ path, data }: Values<typeof definition.options>, console: Console): Promise<Outcome> {
  if (await isFolder(path)) return { json: await inspectFolder(path, data, console) };
  if (data !== undefined) throw new UsageError("Expected a model directory with --data, found a file");
  return { json: await inspectFile(path, console) };
}

/** Each part is printed as soon as it is known, so that damage to one does not hide the ones before. */
async function inspectFolder(
  path: string,
  data: string | undefined,
  console: Console,
): Promise<Outcome["json"]> {
  const store = new DenoStore(path);
  const source = await openCheckpoint(store, "");
  const tensors = summarise(source);
  console.print(describeTensors(path, tensors));
  if (holdsWords(source)) {
    const { crf } = await readWords(source);
    console.print(`\n${describeWords(crf)}`);
    return { path, ...tensors, words: summariseWords(crf) };
  }
  const model = await readModel(store, widened(source));
  console.print(`\n${describeModel(model)}`);
  const unknownWords = data === undefined ? undefined : await unknownWordsOf(data, { store, model, console });
  return { path, ...tensors, ...model, config: model.config.raw, unknownWords };
}

async function unknownWordsOf(
  data: string,
  { store, model: { config }, console }: { store: DenoStore; model: ModelSummary; console: Console },
): Promise<UnknownWords> {
  const { tokenizer } = await openTokenizer(store, { dir: "", config });
  const { sentences } = await labelledReader({}, console)(data);
  const unknown = countUnknown(tokenizer, sentences);
  console.print(`\n${describeUnknown(data, unknown)}`);
  return unknown;
}

async function inspectFile(path: string, console: Console): Promise<Outcome["json"]> {
  const { store, name } = openFile(path);
  const source = await openSafetensors(store, name);
  if (!isTrainingState(source)) {
    const tensors = summarise(source);
    console.print(describeTensors(path, tensors));
    return { path, ...tensors };
  }
  const tensors = summarise({ ...source, metadata: undefined });
  console.print(describeTensors(path, tensors));
  const { state } = await readTrainingState(store, name);
  const rows = flatten(state).map(([key, value]) => [`  ${harmless(key)}`, harmless(value)]);
  console.print(`\ntraining state\n${formatTable(rows).join("\n")}`);
  return { path, ...tensors, trainingState: state };
}

/** The leaves of a JSON value with their paths: `progress.step`, `7`. */
function flatten(value: unknown, path = ""): [path: string, value: string][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [[path, JSON.stringify(value)]];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === "" ? key : `${path}.${key}`)
  );
}

if (import.meta.main) Deno.exit(await inspect());
