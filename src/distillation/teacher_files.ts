/** What of a teacher's folder has to fit its student, and what tells one teacher from another. */

import { readPart } from "../checkpoint/model_folder.ts";
import { openCheckpoint } from "../checkpoint/sharded.ts";
import { OptionError } from "../errors.ts";
import { hashBytes } from "../hash.ts";
import { isJsonObject } from "../json/strict_json.ts";
import { Message, message, setting } from "../message.ts";
import { readConfig } from "../model/config.ts";
import { fingerprint } from "../run/fingerprint.ts";
import type { Place } from "../run/input.ts";
import { decodeJson, joinPath } from "../store/store.ts";

/**
 * Whether a folder holds a tagger: its config.json names tags, and its weights have a tagging head.
 *
 * @throws {CheckpointError} if its files are damaged
 */
export async function isTagger({ store, dir }: Place): Promise<boolean> {
  const { numLabels } = await readConfig(store, dir);
  const { tensors } = await openCheckpoint(store, dir);
  return numLabels > 0 && [...tensors.keys()].some((name) => name.startsWith("classifier."));
}

/** What decides how a tokenizer.json reads text; the rest is how others cut and pad. */
const READING = ["added_tokens", "normalizer", "pre_tokenizer", "post_processor", "model"];

/**
 * Refuses a student that reads text in other pieces than its teacher: both see the same tokens.
 *
 * @throws {OptionError} saying what to take
 */
export async function checkSameTokenizer(student: Place, teacher: Place): Promise<void> {
  const [of, from] = await Promise.all([student, teacher].map(readTokenizer));
  // Whoever opens the tokenizers says what is the matter with one that is not there.
  if (of === undefined || from === undefined || of === from) return;
  throw new OptionError(
    new Message(
      message`Expected the student's tokenizer to be that of the ${
        setting("teacher")
      }, since both read the same `,
      `tokens, but found another one in ${student.store.locate(joinPath(student.dir, "tokenizer.json"))}: `,
      message`take layers of the teacher itself (${setting("layers")}), or a student with its tokenizer.json`,
    ),
  );
}

async function readTokenizer({ store, dir }: Place): Promise<string | undefined> {
  const part = await readPart(store, dir, "tokenizer.json");
  if (!part) return undefined;
  const json = decodeJson(part.bytes, part.file);
  return JSON.stringify(isJsonObject(json) ? READING.map((field) => json[field] ?? null) : json);
}

/** Hash of a model's config.json and of the first row of each of its tensors, which any training changes. */
export async function teacherFingerprint({ store, dir }: Place): Promise<string> {
  const source = await openCheckpoint(store, dir);
  const config = await readPart(store, dir, "config.json");
  const tensors: unknown[] = [];
  for (const [name, { dtype, shape }] of source.tensors) {
    const row = shape.length > 0 && shape[0] > 0 ? hashBytes(await source.readRows(name, 0, 1)) : "";
    tensors.push([name, dtype, shape, row]);
  }
  return fingerprint([config && hashBytes(config.bytes), tensors]);
}
