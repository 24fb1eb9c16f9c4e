/** Files that a person names on the command line. */

import { DataError, LacunaError } from "../errors.ts";
import { DenoStore } from "./deno_store.ts";

/** A file as a store and its name there. */
export interface OpenedFile {
  readonly store: DenoStore;
  readonly name: string;
}

/** The store of the folder that holds a file. */
export function openFile(path: string): OpenedFile {
  const [, folder, name] = /^(.*[\\/])?([^\\/]*)$/s.exec(path)!;
  return { store: new DenoStore(folder ?? "."), name };
}

/**
 * The store of a model directory.
 *
 * @throws {LacunaError} if there is no such folder, as when somebody gives a name of the Hugging Face Hub
 */
export async function openModelFolder(path: string): Promise<DenoStore> {
  if (await isFolder(path)) return new DenoStore(path);
  throw new LacunaError(
    `${path}: expected the folder of a model (config.json, tokenizer.json, model.safetensors), found no folder: ` +
      "check the path; nothing is downloaded, so a model of the Hugging Face Hub has to be saved there first",
  );
}

/** Whether the path is that of a folder. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false; // whoever reads it next says what is the matter
  }
}

/**
 * The whole of a text file.
 *
 * @throws {LacunaError} naming the file if it cannot be read or is not UTF-8
 */
export async function readTextFile(path: string): Promise<string> {
  const { store, name } = openFile(path);
  const bytes = await store.read(name, 0, await store.size(name));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(
      `${path}:${lineOfDamage(bytes)}: expected UTF-8 text, found bytes that are not UTF-8: convert the file`,
    );
  }
}

/** The first line that is not UTF-8, from 1. No byte of a longer UTF-8 sequence is a line break. */
function lineOfDamage(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let line = 1, start = 0;; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    start = end + 1;
  }
}
