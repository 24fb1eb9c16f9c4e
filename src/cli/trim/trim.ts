/** `deno task trim`: a model with the pieces that some texts need. */

import type { ModelSize, Trimmed } from "../../model/trim.ts";
import { trimModel } from "../../model/trim.ts";
import { DataError } from "../../errors.ts";
import { textOf } from "../../pretraining/corpus.ts";
import { splitWords } from "../../text/words.ts";
import { openDevice } from "../device/device.ts";
import { type ModelNeeds, needsOn } from "../doctor/doctor_model.ts";
import { checkApart, placesOf, TEXT_FILES } from "../files/apart.ts";
import { DenoStore } from "../files/deno_store.ts";
import { openModelFolder } from "../files/files.ts";
import { textFiles } from "../files/text_files.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { formatBytes, formatCount, formatTable } from "../frame/format.ts";
import { text, texts, type Values, wholeNumber } from "../frame/options.ts";
import { denoTerminal, type Terminal } from "../frame/terminal.ts";
import { pretrain } from "../pretrain/pretrain.ts";
import { modelFolder } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "trim",
  summary:
    "Cuts a model to the pieces of its vocabulary that texts need, with their letters and the special tokens: the same " +
    "texts have the same pieces as before, and the model says the same of them. Multilingual models have most of " +
    "their parameters in pieces of other languages.",
  options: {
    model: modelFolder("folder of the Hugging Face model", { required: true }),
    text: texts("PATH", "text files, or folders with .txt files, of the language", { required: true }),
    out: text("DIR", "where the smaller model goes", { required: true }),
    adapt: text(
      "DIR",
      "goes on as deno task pretrain does with the same texts; where the model that has learnt goes",
    ),
    pieces: wholeNumber("most pieces, the most frequent ones (default: all that the texts need)", { min: 1 }),
  },
  examples: [
    { args: "--model models/afro-xlmr-base --text hausa/ --out hausa-base", does: "a model for Hausa" },
    {
      args: "--model models/mbert --text news.txt --pieces 20000 --out small --adapt adapted",
      does: "a smaller one, which then learns from the same text",
    },
  ],
});

/** Runs the command, and the one that goes on from it where that is asked for; returns the exit code. */
export async function trim(terminal: Terminal = denoTerminal()): Promise<number> {
  let adaptation: string[] | undefined;
  const exitCode = await runCommand(definition, async (options, console) => {
    const { out, text, adapt } = options;
    const outcome = await main(options, console);
    const json = console.json ? ["--json"] : [];
    if (adapt !== undefined) adaptation = ["--model", out, "--text", ...text, "--out", adapt, ...json];
    return outcome;
  }, terminal);
  if (exitCode !== 0 || !adaptation) return exitCode;
  return await pretrain({ ...terminal, args: adaptation });
}

/** Tokens of a batch for which the memory of training is told. */
const BATCH_TOKENS = 512;

async function main(options: Values<typeof definition.options>, console: Console): Promise<Outcome> {
  const { model, out, pieces } = options;
  await checkApart({
    read: [
      ...placesOf({ model }, { files: /^[^/]+\.(json|safetensors)$/ }),
      ...placesOf({ text: options.text }, { files: TEXT_FILES }),
    ],
    written: placesOf({ out, adapt: options.adapt }, { files: /^[^/]+$/ }),
  });
  const signal = console.interruption();
  const store = await openModelFolder(model);
  const words = await countWords(options.text, signal);
  if (words.size === 0) {
    throw new DataError(`${options.text.join(", ")}: expected text, found no word in it: check the path`);
  }
  console.progress(`Read ${formatCount(words.size)} different words`);
  const to = { store: new DenoStore(out), dir: "" };
  const trimmed = await trimModel({ store, dir: "" }, to, { words, pieces, signal });
  const memory = await memoryOf(trimmed, console);
  console.print(describe(trimmed, { memory, out }));
  const size = ({ pieces, parameters, bytes }: ModelSize, training: number | null) => ({
    pieces,
    parameters,
    bytes,
    training,
  });
  return {
    json: { out, before: size(trimmed.before, memory.before), after: size(trimmed.after, memory.after) },
  };
}

/** Words as they stand between white space, and as `predict` splits them, with how often they are there. */
async function countWords(paths: readonly string[], signal: AbortSignal): Promise<Map<string, number>> {
  const words = new Map<string, number>();
  const add = (word: string) => words.set(word, (words.get(word) ?? 0) + 1);
  for (const file of await textFiles(paths)) {
    for await (const part of textOf(file)) {
      signal.throwIfAborted();
      for (const line of part.split("\n")) {
        const split = splitWords(line).map(({ text }) => text);
        split.forEach(add);
        const own = new Set(split);
        for (const word of line.split(/\s+/)) if (word !== "" && !own.has(word)) add(word);
      }
    }
  }
  return words;
}

interface Memory {
  readonly before: number | null;
  readonly after: number | null;
}

/** What fine-tuning all parameters takes on the CPU; null where they do not fit. */
async function memoryOf({ before, after }: Trimmed, console: Console): Promise<Memory> {
  const { device } = await openDevice({ device: "cpu", threads: 1, blas: undefined });
  try {
    const bytesOf = async ({ config }: ModelSize) => {
      const question = {
        model: "",
        config,
        batchTokens: BATCH_TOKENS,
        freezeEmbeddings: false,
        freezeLayers: 0,
      };
      const needs: ModelNeeds | { problem: string } = await needsOn(device, question, console);
      return "problem" in needs ? null : needs.training.total;
    };
    return { before: await bytesOf(before), after: await bytesOf(after) };
  } finally {
    device.destroy();
  }
}

function describe({ before, after }: Trimmed, { memory, out }: { memory: Memory; out: string }): string {
  const bytes = (value: number | null) =>
    value === null ? "more than the CPU device has" : formatBytes(value);
  const rows = [
    ["", "before", "after"],
    ["  pieces", formatCount(before.pieces), formatCount(after.pieces)],
    ["  parameters", formatCount(before.parameters), formatCount(after.parameters)],
    ["  weights", formatBytes(before.bytes), formatBytes(after.bytes)],
    [`  memory to train (--batch-tokens ${BATCH_TOKENS})`, bytes(memory.before), bytes(memory.after)],
  ];
  return [...formatTable(rows, { right: [1, 2] }), "", `Model: ${out}`].join("\n");
}

if (import.meta.main) Deno.exit(await trim());
