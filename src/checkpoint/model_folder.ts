/**
 * The folder of a model as one thing: config.json, the files of the tokenizer and the weights of words, which
 * are its parts, and model.safetensors, whose metadata seals them: it holds the tags of the model and a hash
 * of each part.
 *
 * So there is one moment at which a folder changes from one model to the next, that in which the weights get
 * their name:
 *
 * 1. New parts are written under names of their own, `config.json.HASH.pending`, and so are the weights.
 * 2. Parts of the old model that are others in the new one are renamed to such names. From here on no reader
 *    can take parts of one model for those of the other.
 * 3. The weights are renamed to model.safetensors.
 * 4. The new parts are renamed to their places, and those of the old model removed.
 *
 * Whoever reads a part takes the file that has the hash in the seal, in its place or pending. So at every
 * moment, also after a failure, the folder is the whole old or the whole new model, and the next save tidies
 * up. Where only the weights are new, as in all saves of a run but the first, the third step is all there is.
 */

import { v } from "../dependencies.ts";
import { CheckpointError } from "../errors.ts";
import { hashBytes } from "../hash.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { parseJson } from "../json/strict_json.ts";
import { joinPath, readBytes, type Store, writeAtomic } from "../store/store.ts";
import { openSafetensors, type TensorSource, type TensorToWrite, writeSafetensors } from "./safetensors.ts";

/** The weights of a model that is not in shards. */
export const WEIGHTS = "model.safetensors";

/** A file beside the weights. */
export type PartName = typeof PARTS[number];

/** What people read about the model. It yields: in the place of one that we did not write none is written. */
export const CARD = "README.md";

const PARTS = ["config.json", "tokenizer.json", "tokenizer_config.json", "words.safetensors", CARD] as const;

/** What weights say of the files that belong to them. */
export interface Seal {
  /** The tags of a tagger, in the order of its rows. */
  readonly labels: readonly string[] | undefined;
  /** The hash of each part. */
  readonly parts: ReadonlyMap<PartName, string>;
}

/** Key of the seal in the metadata. */
const SEAL = "lacuna_model";
/** Changes when an older Lacuna could misread it. */
const SEAL_VERSION = 1;

const sealSchema = v.object({
  version: v.literal(SEAL_VERSION),
  labels: v.optional(v.array(v.string())),
  parts: v.record(v.picklist(PARTS), v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
});

/** A part as it was found. */
export interface FoundPart {
  /** Its full name, for messages. */
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the weights were saved with other bytes. */
  readonly changed: boolean;
}

/** What is saved. */
export interface ModelToSave {
  readonly parts: ReadonlyMap<PartName, Uint8Array>;
  /** The tags of a tagger. */
  readonly labels?: readonly string[];
  readonly tensors: Iterable<TensorToWrite>;
  /** What the metadata say beside the seal. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * What the weights of a folder are sealed with; undefined where others than Lacuna saved them, or an older
 * version.
 *
 * @param source the opened weights
 */
export function sealOf({ metadata }: TensorSource): Seal | undefined {
  let json: unknown;
  try {
    json = parseJson(metadata?.[SEAL] ?? "null");
  } catch {
    return undefined;
  }
  const { success, output } = v.safeParse(sealSchema, json);
  if (!success) return undefined;
  return { labels: output.labels, parts: new Map(Object.entries(output.parts) as [PartName, string][]) };
}

/**
 * Refuses tags that are not those of the weights.
 *
 * @param labels those of config.json
 * @param options `source` are the opened weights, `file` is the name of config.json
 * @throws {CheckpointError} if the weights are sealed with others
 */
export function checkLabels(
  labels: readonly string[],
  { source, file }: { source: TensorSource; file: string },
): void {
  const saved = sealOf(source)?.labels;
  if (!saved || saved.length === labels.length && saved.every((label, i) => label === labels[i])) return;
  throw refusal(file, {
    expected: `the tags with which ${source.file} was saved, ${quote(saved)}`,
    found: quote(labels),
    advice: "put the config.json back that was saved with it",
  });
}

/** The seal of a folder, if its weights can be read; whoever needs them says what is the matter with them. */
export async function readSeal(store: Store, dir: string): Promise<Seal | undefined> {
  const path = joinPath(dir, WEIGHTS);
  if (!await store.exists(path)) return undefined;
  try {
    return sealOf(await openSafetensors(store, path));
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}

/**
 * Reads a part of a model, wherever a save that was cut off left it.
 *
 * @param dir a folder of the store, or "" for the store's own
 * @returns undefined where there is none
 */
export async function readPart(store: Store, dir: string, name: PartName): Promise<FoundPart | undefined> {
  for (let tries = 1;; tries++) {
    const hash = (await readSeal(store, dir))?.parts.get(name);
    const path = joinPath(dir, name);
    const inPlace = await readIfThere(store, path);
    if (hash === undefined || inPlace && hashBytes(inPlace) === hash) {
      return inPlace && { file: store.locate(path), bytes: inPlace, changed: false };
    }
    const pending = pendingPath(dir, name, hash);
    const bytes = await readIfThere(store, pending);
    if (bytes && hashBytes(bytes) === hash) return { file: store.locate(pending), bytes, changed: false };
    // Another process may have saved a model in between: it is there at the second look.
    if (tries === 2) return inPlace && { file: store.locate(path), bytes: inPlace, changed: true };
  }
}

/**
 * Refuses a folder in which a model would be replaced that Lacuna did not save, or that somebody has changed
 * since.
 *
 * @returns the hash of each part that is in its place, without a card that is somebody else's
 * @throws {CheckpointError} naming the file that would be lost
 */
export async function checkReplaceable(store: Store, dir: string): Promise<ReadonlyMap<PartName, string>> {
  const seal = await readSeal(store, dir);
  const refuse = (name: string, found: string) => {
    throw refusal(store.locate(joinPath(dir, name)), {
      expected: "no such file, or one as Lacuna saved it here",
      found: `${found}, which would be lost`,
      advice: "move it away, or save to another folder",
    });
  };
  if (!seal && await store.exists(joinPath(dir, WEIGHTS))) {
    refuse(WEIGHTS, "one of another program or of an older version");
  }
  const inPlace = new Map<PartName, string>();
  for (const name of PARTS) {
    const bytes = await readIfThere(store, joinPath(dir, name));
    if (!bytes) continue;
    const hash = hashBytes(bytes);
    const saved = seal?.parts.get(name);
    if (hash !== saved && name === CARD) continue;
    if (hash !== saved) refuse(name, saved ? "one that was changed since" : "one that Lacuna did not save");
    inPlace.set(name, hash);
  }
  return inPlace;
}

/**
 * Saves a model, all or nothing: until the new one is whole the old one stays, and at no moment there is a
 * mixture. Nobody else may save to this folder meanwhile (see `lockFolder`).
 *
 * @throws {CheckpointError} as {@linkcode checkReplaceable} and `writeSafetensors` do
 */
export async function saveFolder(
  store: Store,
  dir: string,
  { parts: all, labels, tensors, metadata }: ModelToSave,
): Promise<void> {
  const inPlace = await checkReplaceable(store, dir);
  const parts = new Map(all);
  if (!inPlace.has(CARD) && await store.exists(joinPath(dir, CARD))) parts.delete(CARD);
  const hashes = new Map(Array.from(parts, ([name, bytes]) => [name, hashBytes(bytes)]));
  try {
    for (const [name, bytes] of parts) {
      const hash = hashes.get(name)!;
      if (inPlace.get(name) === hash) continue;
      await writeAtomic(store, pendingPath(dir, name, hash), (sink) => sink.write(bytes));
    }
    const seal = { version: SEAL_VERSION, labels, parts: Object.fromEntries(hashes) };
    await writeSafetensors(store, joinPath(dir, WEIGHTS), {
      tensors,
      metadata: { ...metadata, format: "pt", [SEAL]: JSON.stringify(seal) },
      beforeRename: async () => {
        for (const [name, hash] of inPlace) {
          if (hashes.get(name) === hash) continue;
          await store.rename(joinPath(dir, name), pendingPath(dir, name, hash));
        }
      },
    });
    await finishSaving(store, dir);
  } catch (error) {
    // The first error is the one to tell: what cannot be put right now is whole as it is.
    await finishSaving(store, dir).catch(() => {});
    throw error;
  }
}

/**
 * Ends what a save that was cut off began: brings the parts of the model that is there to their places, and
 * removes those that it left of others. Nobody else may save to this folder meanwhile.
 */
export async function finishSaving(store: Store, dir: string): Promise<void> {
  const seal = await readSeal(store, dir);
  if (!seal && await store.exists(joinPath(dir, WEIGHTS))) return; // not ours
  for (const [name, hash] of seal?.parts ?? []) {
    const [place, pending] = [joinPath(dir, name), pendingPath(dir, name, hash)];
    if (!await store.exists(place) && await store.exists(pending)) await store.rename(pending, place);
  }
  // What cannot be listed or removed takes space and does no other harm.
  const files = await store.list(dir === "" ? "" : joinPath(dir, "")).catch(() => []);
  for (const path of files) {
    const [pending, name, hash] = PENDING.exec(path) ?? [];
    // A part of this model waits only where somebody else's file is in its place.
    if (pending && seal?.parts.get(name as PartName) !== hash) await store.remove(path).catch(() => {});
  }
}

/** The name of a part that is not in its place. */
function pendingPath(dir: string, name: string, hash: string): string {
  return joinPath(dir, `${name}.${hash}.pending`);
}

const PENDING = new RegExp(`(?:^|/)(${PARTS.join("|")})\\.([0-9a-f]{16})\\.pending$`);

async function readIfThere(store: Store, path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return await store.exists(path) ? await readBytes(store, path) : undefined;
}
