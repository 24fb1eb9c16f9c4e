/** `deno task predict`: finds the entities in raw text. */

import { formatConll } from "../../data/conll.ts";
import { type PredictedSentence, predictStream } from "../../inference/predict.ts";
import { openTagger } from "../../inference/tagger.ts";
import { type Console, type Outcome, runCommand } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { deviceOptions, openDevice, precisionOption } from "../device/device.ts";
import { formatEntities } from "./entity_lines.ts";
import { openModelFolder } from "../files/files.ts";
import { choice, flag, operand, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { decodeText, streamTextFile } from "../files/text_stream.ts";
import { modelFolder } from "../hub/model_option.ts";

const definition = defineCommand({
  name: "predict",
  summary: "Finds the entities in raw text. Lines are split into sentences and sentences into words; " +
    "offsets count from the beginning of the text, in UTF-16 units and in code points.",
  options: {
    file: operand("FILE", "UTF-8 text; standard input without it or with -"),
    model: modelFolder("model directory, as train writes it", { required: true }),
    format: choice("how entities come out", ["text", "jsonl", "conll"], { default: "text" }),
    preSplit: flag(
      "takes a line as a sentence, and its words as spaces part them, instead of splitting them",
    ),
    ...deviceOptions,
    ...precisionOption,
  },
  examples: [
    { args: "--model out news.txt", does: "prints each sentence and under it its entities" },
    { args: "--model out --format jsonl < news.txt", does: "prints a JSON object a sentence, with offsets" },
    { args: "--model out --json news.txt", does: "prints one JSON object with all sentences" },
  ],
});

/** Runs the command; returns its exit code. */
export function predict(terminal?: Terminal): Promise<number> {
  return runCommand(definition, main, terminal);
}

async function main(
  { file, model, format, precision, preSplit, ...request }: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  const pieces = file === undefined || file === "-"
    ? decodeText(console.stdin, "standard input")
    : await streamTextFile(file);
  const store = await openModelFolder(model);
  const { device, line } = await openDevice(request);
  try {
    console.progress(line);
    const tagger = await openTagger(device, store, { precision });
    const sentences = [];
    for await (const sentence of predictStream(tagger, pieces, { preSplit })) {
      if (!console.print(formats[format](sentence))) break;
      if (console.json) sentences.push(jsonOf(sentence));
    }
    return { json: { sentences } };
  } finally {
    device.destroy();
  }
}

/** Each ends without the last line break, which `print` adds. */
const formats: Record<"text" | "jsonl" | "conll", (sentence: PredictedSentence) => string> = {
  text: ({ text, entities }) => formatEntities(text, entities),
  jsonl: (sentence) => JSON.stringify(jsonOf(sentence)),
  conll: ({ words, tags }) => formatConll([{ words: words.map(({ text }) => text), tags }]).slice(0, -1),
};

function jsonOf({ text, start, end, startCodePoint, endCodePoint, entities }: PredictedSentence) {
  return { text, start, end, startCodePoint, endCodePoint, entities };
}

if (import.meta.main) Deno.exit(await predict());
