/**
 * Where files come from and go to. Library code reads and writes through a {@linkcode Store} only, so the
 * same code runs over a folder, a web server, memory, or a test that makes the third write fail.
 *
 * @module
 */

import { CheckpointError, LacunaError } from "../errors.ts";
import { hex } from "../hash.ts";
import { quote } from "../json/quote.ts";
import { LONGEST_TEXT } from "../json/longest_text.ts";
import { refusal } from "../json/refusal.ts";
import { parseJson } from "../json/strict_json.ts";

/**
 * A flat or nested set of files. Paths are relative, with `/` between folders (see {@linkcode checkPath}).
 * Everything rejects with a {@linkcode LacunaError} that names the file when it cannot be done.
 */
export interface Store {
  /** The full name of a file, for messages: `/home/me/model/config.json` or a URL. */
  locate(path: string): string;
  /** Whether there is a file of this name. */
  exists(path: string): Promise<boolean>;
  /** The size of a file in bytes. */
  size(path: string): Promise<number>;
  /** Exactly the bytes from `start` up to but not including `end`, in a buffer of their own. */
  read(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Sorted paths of the files in the folder of `prefix` (up to its last `/`) that begin with `prefix`. */
  list(prefix: string): Promise<string[]>;
  /** Begins a new file, or an empty one in the place of the old. Folders on the way are made. */
  write(path: string): Promise<WritableSink>;
  /** Gives a file another name in one step; a file that had this name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /**
   * Takes a name for the caller alone, until the lock is released or the process ends, however it ends.
   * Undefined where somebody else has it. The name stands for no content: what is written there is lost. A
   * store without locks cannot tell its callers from each other.
   */
  lock?(path: string): Promise<Lock | undefined>;
  /**
   * Something that is another thing when the file is another one; a store whose files stay as they are has
   * none.
   */
  version?(path: string): Promise<string>;
}

/** A name that nobody else has. */
export interface Lock {
  /** Gives the name back. */
  release(): Promise<void>;
}

/** A file that is being written, from front to back. */
export interface WritableSink {
  /** Appends bytes; they may be changed once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the file and hands it to the medium: afterwards a loss of power does not take it back. */
  close(): Promise<void>;
  /** Gives up and removes what was written. */
  abort(): Promise<void>;
}

/**
 * Refuses a path that is absolute or leaves the store.
 *
 * @throws {LacunaError} unless the path is made of non-empty names other than `.` and `..`, with `/` between
 * them
 */
export function checkPath(path: string): void {
  const names = path.split("/");
  if (names.some((name) => name === "" || name === "." || name === ".." || name.includes("\0"))) {
    throw new LacunaError(
      `expected a path inside the store, with / between names, found ${quote(path)}`,
    );
  }
}

/** `dir/name`, or `name` alone when `dir` is empty: the store's own top folder. */
export function joinPath(dir: string, name: string): string {
  return dir === "" ? name : `${dir.replace(/\/$/, "")}/${name}`;
}

/**
 * Splits `model/shard-1` into its folder with the slash (`model/`) and the rest, as {@linkcode Store.list}
 * needs it.
 */
export function splitPrefix(prefix: string): { folder: string; rest: string } {
  const cut = prefix.lastIndexOf("/") + 1;
  return { folder: prefix.slice(0, cut), rest: prefix.slice(cut) };
}

/**
 * The whole of a file as text; a byte order mark is dropped.
 *
 * @throws {CheckpointError} if the file is not UTF-8, or longer than a text can be
 */
export async function readText(store: Store, path: string): Promise<string> {
  return decodeText(await readBytes(store, path), store.locate(path));
}

/**
 * The bytes of a file that is a text.
 *
 * @throws {CheckpointError} if it is longer than a text can be
 */
export async function readBytes(store: Store, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const size = await store.size(path);
  if (size > LONGEST_TEXT) {
    throw refusal(store.locate(path), { expected: `at most ${LONGEST_TEXT} bytes`, found: `${size}` });
  }
  return await store.read(path, 0, size);
}

function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CheckpointError(`${file}: expected UTF-8 text, found bytes that are not UTF-8`);
  }
}

/**
 * The value in a JSON file.
 *
 * @throws {CheckpointError} naming the file and the place, if it is not JSON
 */
export async function readJson(store: Store, path: string): Promise<unknown> {
  return decodeJson(await readBytes(store, path), store.locate(path));
}

/**
 * The value in the bytes of a JSON file.
 *
 * @param file its full name, for messages
 * @throws {CheckpointError} naming the file and the place, if it is not JSON
 */
export function decodeJson(bytes: Uint8Array, file: string): unknown {
  const text = decodeText(bytes, file);
  try {
    return parseJson(text);
  } catch (error) {
    throw refusal(file, { expected: "JSON", found: (error as Error).message });
  }
}

/** Writes a text as a file, as {@linkcode writeAtomic} does. */
export async function writeText(store: Store, path: string, text: string): Promise<void> {
  await writeAtomic(store, path, (sink) => sink.write(new TextEncoder().encode(text)));
}

/**
 * Writes a file so that at any moment either the whole old or the whole new one is there: streams to a file
 * beside it, whose name no other writer has, closes it (which flushes), and renames once. After a failure the
 * partial file is removed and the old one untouched; that of a killed process stays until {@linkcode
 * removePartialFiles}.
 *
 * @param options `beforeRename` is called when the new file is whole and not in its place yet
 */
export async function writeAtomic(
  store: Store,
  path: string,
  writer: (sink: Pick<WritableSink, "write">) => Promise<void>,
  { beforeRename }: { beforeRename?: () => Promise<void> } = {},
): Promise<void> {
  const partial = `${path}.${hex(...crypto.getRandomValues(new Uint32Array(2)))}.partial`;
  const sink = await store.write(partial);
  try {
    await writer(sink);
    await sink.close();
    await beforeRename?.();
    await store.rename(partial, path);
  } catch (error) {
    // The first error is the one to tell; on a medium that fails, tidying up may fail as well.
    await sink.abort().catch(() => {});
    throw error;
  }
}

/**
 * Removes what killed processes left of {@linkcode writeAtomic} in a folder. Only whoever has the folder to
 * itself may do so (see `lockFolder`): another process could be writing still.
 */
export async function removePartialFiles(store: Store, dir: string): Promise<void> {
  const prefix = dir === "" ? "" : joinPath(dir, "");
  // What cannot be listed or removed takes space and does no other harm.
  const files = await store.list(prefix).catch(() => []);
  for (const path of files) {
    if (/\.[0-9a-f]{16}\.partial$/.test(path)) await store.remove(path).catch(() => {});
  }
}
