/** The files of raw text that a person names: files, and folders with what is in them. */

import { LacunaError } from "../../errors.ts";
import type { TextFile } from "../../pretraining/corpus.ts";
import { attempt } from "./deno_store.ts";
import { isFolder, openFile } from "./files.ts";

/** What files in a folder are taken by. */
const EXTENSION = ".txt";

/**
 * The files in the order in which they are named; of a folder all `.txt` files, also in folders inside,
 * sorted. Links are followed; what a folder has under several names is taken once.
 *
 * @throws {LacunaError} if a path leads nowhere, or a folder has no such file
 */
export async function textFiles(paths: readonly string[]): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const path of paths) {
    const found = await isFolder(path)
      ? await filesBelow(path.replace(/(?<=.)\/+$/, ""), new Set([await Deno.realPath(path)]))
      : [path];
    if (found.length === 0) {
      throw new LacunaError(`${path}: expected a folder with ${EXTENSION} files, found none: check the path`);
    }
    for (const file of found) {
      const { store, name } = openFile(file);
      await store.size(name); // says in one sentence what is the matter with the path
      files.push({ store, path: name });
    }
  }
  return files;
}

/** The text files below a folder, but for what `seen` has of their real paths and those of their folders. */
async function filesBelow(folder: string, seen: Set<string>): Promise<string[]> {
  const entries = await attempt(
    `cannot list ${folder}`,
    async () => await Array.fromAsync(Deno.readDir(folder)),
  );
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${entry.name}`;
    const isText = entry.name.endsWith(EXTENSION);
    const isDirectory = entry.isDirectory || entry.isSymlink && await isFolder(path);
    if (!isDirectory && !isText) continue;
    // A link can lead back to a folder that we are in.
    const real = await attempt(`cannot read ${path}`, () => Deno.realPath(path));
    if (seen.has(real)) continue;
    seen.add(real);
    if (isDirectory) files.push(...await filesBelow(path, seen));
    else files.push(path);
  }
  return files;
}
