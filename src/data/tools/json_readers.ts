/** Readers of JSON and JSON Lines, one a tool. */

import { DataError } from "../../errors.ts";
import { isJsonObject } from "../../json/strict_json.ts";
import type { FaultList } from "../fault_list.ts";
import { labelledFile } from "../labelled_file.ts";
import type { FileContent, LabelledFile, Reader, ReadOptions } from "../reader.ts";
import { type AnnotatedText, sentencesOf } from "./annotated_text.ts";
import type { AnnotatorChoice } from "./choose_annotation.ts";
import { looksLikeJson, recordsOf } from "./records.ts";
import { type TextFormat, textFormats } from "./text_formats.ts";
import { findUnit, type Unit } from "./units.ts";
import {
  fieldsOf,
  isDatasetRow,
  isGliner,
  readGliner,
  readRowsOfWords,
  type ReadWords,
} from "./word_formats.ts";

type Named = ReadOptions & { readonly file: string };

/** How many records a detector looks at: the first ones may have no mention. */
const LOOKED_AT = 50;

/** Whether the records of a file are of a tool. */
function detects(content: FileContent, fits: (record: unknown) => boolean): boolean {
  if (!looksLikeJson(content)) return false;
  const { records } = recordsOf(content);
  return records.slice(0, LOOKED_AT).some(({ value }) => fits(value));
}

/** Texts with offsets as sentences. */
export function fileOfTexts(
  texts: readonly AnnotatedText[],
  { options, format, units, faults, notes, choice, skipped = faults.count }: {
    readonly options: Named;
    readonly format: string;
    readonly units: readonly Unit[];
    readonly faults: FaultList;
    readonly notes: readonly string[];
    readonly choice?: AnnotatorChoice;
    /** Texts that were left out. */
    readonly skipped?: number;
  },
): LabelledFile {
  const { file, layer } = options;
  const unit = findUnit(texts, units);
  const { sentences, documents, spans } = sentencesOf(texts, { unit, layer });
  if (sentences.length === 0) {
    throw new DataError(`${file}: expected annotated texts of ${format}, found none`);
  }
  return labelledFile({
    file,
    format,
    sentences,
    documents,
    notes: [...unit === units[0] ? [] : [`offsets count ${unit}`], ...notes],
    faults: faults.report(skipped),
    spans,
    annotators: choice?.agreement(),
    cut: false,
    placeOf: (sentence) => texts[documents[sentence]].place,
  });
}

function textReader(format: TextFormat): Reader {
  return {
    name: format.name,
    title: format.title,
    extensions: [".json", ".jsonl"],
    detect: (content) => detects(content, format.fits),
    read(content, options) {
      const { records, faults } = recordsOf(content);
      const { texts, choice, notes } = format.read(records, { ...options, faults });
      const all = records.length + faults.count;
      faults.check({ skipFaulty: options.skipFaulty ?? false, faulty: faults.count, all });
      return fileOfTexts(texts, { ...format, options, format: format.title, faults, notes, choice });
    },
  };
}

/** Sentences of words as a file. */
export function fileOfWords(
  { sentences, places, scheme, changes, notes }: ReadWords,
  { options, format, faults, columns, all }: {
    readonly options: Named;
    readonly format: string;
    readonly faults: FaultList;
    readonly columns?: { readonly word: string; readonly tag: string };
    readonly all: number;
  },
): LabelledFile {
  const { file } = options;
  faults.check({ skipFaulty: options.skipFaulty ?? false, faulty: faults.count, all });
  if (sentences.length === 0) throw new DataError(`${file}: expected sentences of ${format}, found none`);
  return labelledFile({
    file,
    format,
    scheme,
    columns,
    sentences,
    documents: sentences.map(() => 0),
    notes,
    faults: faults.report(faults.count),
    spans: changes?.result(),
    cut: options.cut,
    placeOf: (sentence) => places[sentence],
  });
}

const gliner: Reader = {
  name: "gliner",
  title: "GLiNER",
  extensions: [".json", ".jsonl"],
  detect: (content) => detects(content, isGliner),
  read(content, options) {
    const { records, faults } = recordsOf(content);
    const read = readGliner(records, { ...options, faults });
    return fileOfWords(read, { options, format: "GLiNER", faults, all: records.length });
  },
};

const dataset: Reader = {
  name: "datasets",
  title: "Hugging Face datasets",
  extensions: [".json", ".jsonl"],
  detect: (content) => detects(content, isDatasetRow),
  read(content, options) {
    const { records, faults } = recordsOf(content);
    const first = records.find(({ value }) => isJsonObject(value) && fieldsOf(value, options))?.value;
    const fields = isJsonObject(first) ? fieldsOf(first, options) : undefined;
    if (fields === undefined) {
      throw new DataError(
        `${options.file}: expected rows with lists of words and of tags, such as tokens and ner_tags`,
      );
    }
    const { words, tags } = fields;
    const rows = records.map(({ value, place }) => {
      const row = isJsonObject(value) ? value : {};
      return { words: row[words], tags: row[tags], place };
    });
    const read = readRowsOfWords(rows, { ...options, faults });
    const columns = { word: words, tag: tags };
    return fileOfWords(read, {
      options,
      format: "Hugging Face datasets",
      faults,
      columns,
      all: records.length,
    });
  },
};

/** All readers of JSON. */
export const jsonReaders: readonly Reader[] = [...textFormats.map(textReader), gliner, dataset];
