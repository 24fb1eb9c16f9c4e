/** Files that a person names on the command line. */

import { DataError } from "../errors.ts";
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
    throw new DataError(`${path}: expected UTF-8 text, found bytes that are not UTF-8: convert the file`);
  }
}
