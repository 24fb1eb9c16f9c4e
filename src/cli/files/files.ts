/** Files that a person names on the command line. */

import type { LabelledFile, ReadOptions } from "../../data/reader.ts";
import { readLabelled } from "../../data/readers.ts";
import { BRAT_ANNOTATIONS, BRAT_TEXT, readBrat } from "../../data/tools/brat.ts";
import { dirname, fromFileUrl } from "@std/path";
import { LacunaError } from "../../errors.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { attempt, DenoStore } from "./deno_store.ts";

/** The small model that comes with Lacuna, see weights/README.md. */
export const embeddedModel = fromFileUrl(new URL("../../../weights", import.meta.url));

/** What the hub calls the model that it was made from. */
export const EMBEDDED_FROM = "intfloat/multilingual-e5-small";

/** Config and tokenizer of an even smaller one, which begins with random weights. */
export const scratchModel = fromFileUrl(new URL("../../../weights/scratch", import.meta.url));

/** A file as a store and its name there. */
export interface OpenedFile {
  readonly store: DenoStore;
  readonly name: string;
}

/** What stands between names of a path: elsewhere than on Windows a backslash is a letter like any other. */
const SEPARATORS = Deno.build.os === "windows" ? ["/", "\\"] : ["/"];

/**
 * The store of the folder that holds a file.
 *
 * @throws {LacunaError} for what can only be the path of a folder
 */
export function openFile(path: string): OpenedFile {
  const cut = 1 + Math.max(...SEPARATORS.map((separator) => path.lastIndexOf(separator)));
  const [folder, name] = [path.slice(0, cut), path.slice(cut)];
  if (["", ".", ".."].includes(name)) {
    throw new LacunaError(`cannot read ${path}: expected a file, found the path of a folder`);
  }
  return { store: new DenoStore(folder), name };
}

/**
 * The store of a model directory.
 *
 * @throws {LacunaError} if there is no such folder
 */
export async function openModelFolder(path: string): Promise<DenoStore> {
  if (await isFolder(path)) return new DenoStore(path);
  throw new LacunaError(
    `${path}: expected the folder of a model (config.json, tokenizer.json, model.safetensors), found no folder: ` +
      "check the path; a model of the Hugging Face Hub is named ORG/NAME",
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
  return decodeUtf8(await readBytes(path), { file: path });
}

/**
 * The sentences of a labelled file, in the format that its content shows.
 *
 * @throws {LacunaError} naming the file if it cannot be read, and the line that is wrong
 */
export async function readLabelledFile(
  path: string,
  options: ReadOptions = {},
): Promise<LabelledFile> {
  const file = path;
  if (await isFolder(path)) return readBrat(await bratFiles(path), { ...options, file });
  // brat's annotations are nothing without the text beside them.
  if (path.endsWith(BRAT_ANNOTATIONS)) {
    const text = path.slice(0, -BRAT_ANNOTATIONS.length) + BRAT_TEXT;
    const [name, textName] = [path, text].map((path) => openFile(path).name);
    const files = new Map([[name, await readBytes(path)], [textName, await readBytes(text)]]);
    return readBrat(files, { ...options, file: dirname(path) });
  }
  return await readLabelled(await readBytes(path), { ...options, file });
}

/** brat's files below a folder, by their paths from there; what leads out of the folder is refused. */
async function bratFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const root = await Deno.realPath(folder);
  const visit = async (below: string) => {
    const entries = await attempt(
      `cannot list ${folder}/${below}`,
      async () => await Array.fromAsync(Deno.readDir(`${folder}/${below}`)),
    );
    for (const { name, isDirectory, isSymlink } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = below + name;
      const isBrat = [BRAT_ANNOTATIONS, BRAT_TEXT].some((extension) => name.endsWith(extension));
      if (isDirectory) await visit(`${path}/`);
      else if (isBrat) {
        const real = isSymlink
          ? await attempt(`cannot read ${folder}/${path}`, () => Deno.realPath(`${folder}/${path}`))
          : root + "/";
        if (!real.startsWith(`${root}/`)) {
          throw new LacunaError(
            `${folder}/${path}: expected a file of the folder, found a link that leads out of it`,
          );
        }
        files.set(path, await readBytes(`${folder}/${path}`));
      }
    }
  };
  await visit("");
  if (![...files.keys()].some((name) => name.endsWith(BRAT_ANNOTATIONS))) {
    throw new LacunaError(
      `cannot read ${folder}: expected a file, or a folder of brat with .ann files, found neither`,
    );
  }
  return files;
}

async function readBytes(path: string): Promise<Uint8Array> {
  const { store, name } = openFile(path);
  return await store.read(name, 0, await store.size(name));
}
