/** Files that a person names on the command line. */

import { LacunaError } from "../errors.ts";
import { decodeUtf8 } from "../text/utf8.ts";
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
  return decodeUtf8(bytes, { file: path });
}
