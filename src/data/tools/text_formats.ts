/**
 * Annotation tools whose mentions are offsets into a text: Label Studio, doccano, Prodigy, spaCy's JSON
 * Lines.
 */

import { isJsonObject } from "../../json/strict_json.ts";
import { listed, quote } from "../../json/quote.ts";
import { message, setting } from "../../message.ts";
import { DataError } from "../../errors.ts";
import type { FaultList } from "../fault_list.ts";
import type { ReadOptions } from "../reader.ts";
import type { AnnotatedText } from "./annotated_text.ts";
import { type Annotation, AnnotatorChoice } from "./choose_annotation.ts";
import type { JsonRecord } from "./records.ts";
import type { Span, Unit } from "./units.ts";

/** What a tool's records say. */
export interface ReadTexts {
  readonly texts: AnnotatedText[];
  readonly choice: AnnotatorChoice;
  readonly notes: string[];
}

/** A tool that exports texts with offsets. */
export interface TextFormat {
  readonly name: string;
  readonly title: string;
  /** Units in which its offsets may count, the usual one first. */
  readonly units: readonly Unit[];
  /** Whether a record is of this tool. */
  fits(record: unknown): boolean;
  read(records: readonly JsonRecord[], options: Asked): ReadTexts;
}

type Asked = Pick<ReadOptions, "annotator" | "tagColumn"> & {
  readonly file: string;
  readonly faults: FaultList;
};

type Json = Record<string, unknown>;

const objects = (value: unknown): Json[] => Array.isArray(value) ? value.filter(isJsonObject) : [];

/** A span from what a tool writes; a text says what is wrong with it. */
function spanOf(start: unknown, end: unknown, type: unknown, text?: unknown): Span | string {
  if (typeof start !== "number" || typeof end !== "number" || typeof type !== "string" || type === "") {
    return `expected a mention with start, end and type, found ${quote([start, end, type])}`;
  }
  return { start, end, type: plainType(type), ...typeof text === "string" && { text } };
}

/** A type as a line can hold it. */
export function plainType(type: string): string {
  return type.trim().replace(/\s+/g, " ") || "_";
}

/** All spans of a record; a faulty one makes the record faulty. */
function spansOf(found: readonly (Span | string)[]): readonly Span[] | string {
  return found.find((span) => typeof span === "string") ?? found as Span[];
}

/** Whether a list is one of spans as doccano and spaCy write them: `[[0, 5, "PER"]]`. */
function areTriples(value: unknown): value is [unknown, unknown, unknown][] {
  return Array.isArray(value) && value.every((item) => Array.isArray(item) && item.length >= 3);
}

/** Texts in which records of one text, each of one person, are brought together. */
class Texts {
  readonly texts: AnnotatedText[] = [];
  readonly choice: AnnotatorChoice;
  readonly #groups = new Map<string, { text: AnnotatedText; annotations: Annotation[] }>();

  constructor(annotator: string | undefined) {
    this.choice = new AnnotatorChoice(annotator);
  }

  /** `key` is the same for all records of a text. */
  add(key: string, text: AnnotatedText, annotations: readonly Annotation[]): void {
    const group = this.#groups.get(key);
    if (group) group.annotations.push(...annotations);
    else this.#groups.set(key, { text, annotations: [...annotations] });
  }

  done(notes: readonly string[]): ReadTexts {
    for (const { text, annotations } of this.#groups.values()) {
      const chosen = this.choice.of(annotations);
      if (chosen) this.texts.push({ ...text, spans: chosen.spans });
    }
    const { missing } = this.choice;
    return {
      texts: this.texts,
      choice: this.choice,
      notes: [
        ...notes,
        ...missing > 0 ? [`${missing} texts that this annotator has not annotated were left out`] : [],
      ],
    };
  }
}

/** How many records were left out, and why. */
function left(count: number, why: string): string[] {
  return count === 0
    ? []
    : [`${count} ${count === 1 ? "text" : "texts"} ${why} ${count === 1 ? "was" : "were"} left out`];
}

/** The text of a task: the one that mentions are of, else the longest. */
function taskText(data: Json): string | undefined {
  if (typeof data.text === "string") return data.text;
  const texts = Object.values(data).filter((value) => typeof value === "string");
  return texts.sort((a, b) => b.length - a.length)[0];
}

/** Label Studio's export in full. */
const labelStudio: TextFormat = {
  name: "labelstudio",
  title: "Label Studio JSON",
  units: ["code points", "UTF-16 units"],
  fits: (record) =>
    isJsonObject(record) && isJsonObject(record.data) &&
    [record.annotations, record.completions, record.predictions].some(Array.isArray),
  read(records, { annotator, tagColumn, faults, file }) {
    const texts = new Texts(annotator);
    const controls = new Set<string>();
    let [without, several] = [0, 0];
    for (const { value, place } of records) {
      if (!labelStudio.fits(value)) {
        faults.add(place, `expected a task with data and annotations, found ${quote(value)}`);
        continue;
      }
      const task = value as Json & { data: Json };
      const text = taskText(task.data);
      if (text === undefined) {
        faults.add(place, `expected a text in the data of the task, found ${quote(task.data)}`);
        continue;
      }
      const annotations: Annotation[] = [];
      for (const given of objects(task.annotations ?? task.completions)) {
        if (given.was_cancelled === true) continue;
        const results = objects(given.result).filter(({ type, value }) =>
          typeof type === "string" && /labels$/i.test(type) && isJsonObject(value)
        );
        for (const { from_name } of results) controls.add(String(from_name));
        const asked = results.filter(({ from_name }) => tagColumn === undefined || from_name === tagColumn);
        const spans = spansOf(asked.map(({ type, value }) => {
          const { start, end, text, labels = (value as Json)[String(type)] } = value as Json;
          if (Array.isArray(labels) && labels.length > 1) several++;
          return spanOf(start, end, Array.isArray(labels) ? labels[0] : undefined, text);
        }));
        if (typeof spans === "string") faults.add(place, spans);
        else annotations.push({ annotator: annotatorOf(given.completed_by), spans });
      }
      if (annotations.length === 0) without++;
      else texts.add(place, { text, spans: [], place }, annotations);
    }
    if (controls.size > 1 && tagColumn === undefined) {
      throw new DataError(
        message`${file}: expected the labels of one control, found ${listed([...controls].map(quote), 5)}: ${
          setting("tagColumn")
        } says which is read`,
      );
    }
    return texts.done([
      ...left(without, "without an annotation that was not cancelled"),
      ...several > 0 ? [`of ${several} mentions with several labels the first was read`] : [],
    ]);
  },
};

/** Whom an annotation is by: a number, or an object with an address. */
function annotatorOf(value: unknown): string[] {
  if (isJsonObject(value)) {
    return [value.id, value.email, value.username].filter((name) => name != null).map(String);
  }
  return value == null ? [] : [String(value)];
}

/** Fields of Label Studio's short export that hold mentions. */
function minFields(record: Json): string[] {
  return Object.keys(record).filter((name) =>
    objects(record[name]).some((item) => typeof item.start === "number" && Array.isArray(item.labels))
  );
}

/** Label Studio's short export: a record an annotation. */
const labelStudioMin: TextFormat = {
  name: "labelstudio-min",
  title: "Label Studio JSON_MIN",
  units: ["code points", "UTF-16 units"],
  fits: (record) =>
    isJsonObject(record) &&
    (minFields(record).length > 0 || "annotation_id" in record && "lead_time" in record),
  read(records, { annotator, tagColumn, faults, file }) {
    const texts = new Texts(annotator);
    const fields = new Set(records.flatMap(({ value }) => isJsonObject(value) ? minFields(value) : []));
    if (fields.size > 1 && tagColumn === undefined) {
      throw new DataError(
        message`${file}: expected the labels of one control, found ${listed([...fields].map(quote), 5)}: ${
          setting("tagColumn")
        } says which is read`,
      );
    }
    const field = tagColumn ?? [...fields][0] ?? "label";
    for (const { value, place } of records) {
      const record = isJsonObject(value) ? value : {};
      const { annotator, created_at: _c, updated_at: _u, ...data } = record;
      const text = taskText(data);
      if (text === undefined) {
        faults.add(place, `expected a task with its text, found ${quote(value)}`);
        continue;
      }
      const spans = spansOf(
        objects(record[field]).map(({ start, end, text, labels }) =>
          spanOf(start, end, Array.isArray(labels) ? labels[0] : undefined, text)
        ),
      );
      if (typeof spans === "string") faults.add(place, spans);
      else {
        const key = record.id === undefined ? place : `task ${record.id}`;
        texts.add(key, { text, spans: [], place }, [{ annotator: annotatorOf(annotator), spans }]);
      }
    }
    return texts.done([]);
  },
};

/** doccano's JSON Lines, with relations or without. */
const doccano: TextFormat = {
  name: "doccano",
  title: "doccano JSONL",
  units: ["UTF-16 units", "grapheme clusters", "code points"],
  fits: (record) =>
    isJsonObject(record) && typeof (record.text ?? record.data) === "string" &&
    (areTriples(record.label) || areTriples(record.labels) ||
      objects(record.entities).some((entity) => "start_offset" in entity) ||
      Array.isArray(record.entities) && Array.isArray(record.relations)),
  read(records, { annotator, faults }) {
    const texts = new Texts(annotator);
    for (const { value, place } of records) {
      const record = isJsonObject(value) ? value : {};
      const text = record.text ?? record.data;
      const triples = record.label ?? record.labels;
      if (
        typeof text !== "string" || !areTriples(triples ?? []) || triples === undefined && !record.entities
      ) {
        faults.add(
          place,
          `expected a text with label [[start, end, type]] or entities, found ${quote(value)}`,
        );
        continue;
      }
      const spans = spansOf([
        ...(triples as [unknown, unknown, unknown][] ?? []).map(([start, end, type]) =>
          spanOf(start, end, type)
        ),
        ...objects(record.entities).map(({ start_offset, end_offset, label }) =>
          spanOf(start_offset, end_offset, label)
        ),
      ]);
      if (typeof spans === "string") faults.add(place, spans);
      else texts.add(place, { text, spans: [], place }, [{ annotator: annotatorOf(record.username), spans }]);
    }
    return texts.done([]);
  },
};

/** Prodigy's and spaCy's JSON Lines. */
const prodigy: TextFormat = {
  name: "prodigy",
  title: "Prodigy or spaCy JSONL",
  units: ["code points", "UTF-16 units"],
  fits: (record) => {
    const { text, spans, entities } = prodigyRecord(record);
    return typeof text === "string" && (Array.isArray(spans) || areTriples(entities));
  },
  read(records, { annotator, faults }) {
    const texts = new Texts(annotator);
    let refused = 0;
    for (const { value, place } of records) {
      const record = prodigyRecord(value);
      const { text, spans: given = [], entities = [], tokens, answer } = record;
      if (answer === "reject" || answer === "ignore") {
        refused++;
        continue;
      }
      if (typeof text !== "string" || !Array.isArray(given) || !areTriples(entities)) {
        faults.add(place, `expected a text with spans [{start, end, label}], found ${quote(value)}`);
        continue;
      }
      const spans = spansOf([
        ...objects(given).map(({ start, end, label, text }) => spanOf(start, end, label, text)),
        ...entities.map(([start, end, label]) => spanOf(start, end, label)),
      ]);
      if (typeof spans === "string") {
        faults.add(place, spans);
        continue;
      }
      const words = objects(tokens).map(({ start, end }) => [Number(start), Number(end)] as const);
      const person = record._annotator_id ?? record._session_id;
      const key = person !== undefined && record._input_hash !== undefined
        ? `input ${record._input_hash}`
        : place;
      texts.add(key, { text, spans: [], place, ...words.length > 0 && { words } }, [
        { annotator: annotatorOf(person), spans },
      ]);
    }
    return texts.done(left(refused, "with the answer reject or ignore"));
  },
};

/** Also `["text", {"entities": [[0, 5, "PER"]]}]`, which spaCy 2 was trained with. */
function prodigyRecord(value: unknown): Json {
  if (isJsonObject(value)) return value;
  if (Array.isArray(value) && typeof value[0] === "string" && isJsonObject(value[1])) {
    return { text: value[0], entities: value[1].entities };
  }
  return {};
}

/** All of them; the first one that a record fits is the format of a file. */
export const textFormats: readonly TextFormat[] = [labelStudio, labelStudioMin, doccano, prodigy];
