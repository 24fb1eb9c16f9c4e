/** Finds out whether what a command writes is apart from what it reads: many names can lead to one file. */

import { basename, dirname, join, resolve } from "@std/path";
import { labelledExtensions } from "../../data/readers.ts";
import { UsageError } from "../frame/command.ts";
import { embeddedModel, scratchModel } from "./files.ts";
import { optionName } from "../frame/options.ts";

/** A file or a folder that a command reads or writes. */
export interface NamedPath {
  /** What names it: an option as it is typed, or words for what nobody has named. */
  readonly option: string;
  readonly path: string;
  /** Of a folder: which paths in it are read or written, with `/` between names. */
  readonly files?: RegExp;
}

/** Of a folder with a data set: train, dev and test. */
export const LABELLED_FILES = new RegExp(
  `^(?:train|dev|test)(${labelledExtensions.map(RegExp.escape).join("|")})$`,
);

/** Of a folder with raw text, also in folders inside. */
export const TEXT_FILES = /\.txt$/;

/** What a command reads, and what it writes. */
export interface Places {
  readonly read: readonly NamedPath[];
  readonly written: readonly NamedPath[];
}

/**
 * Refuses places of which one is another, or lies where the other is read or written: over links, with
 * another spelling, on disks that do not tell large letters from small ones.
 *
 * @throws {UsageError} naming both
 */
export async function checkApart({ read, written }: Places): Promise<void> {
  const find = (places: readonly NamedPath[]) =>
    Promise.all(places.map(async (place) => ({ ...place, at: await locate(place.path) })));
  const [inputs, outputs] = [await find(read), await find(written)];
  for (const [i, output] of outputs.entries()) {
    for (const input of inputs) {
      if (!await meet(output, input)) continue;
      throw new UsageError(
        `Expected ${shown(input)} apart from what ${shown(output)} writes: no output may be an input.`,
      );
    }
    for (const other of outputs.slice(0, i)) {
      if (output.option === other.option || !await meet(output, other)) continue;
      throw new UsageError(
        `Expected ${shown(output)} apart from what ${shown(other)} writes: one would overwrite the other.`,
      );
    }
  }
}

/** The places that options name, where they are given. */
export function placesOf(
  paths: Readonly<Record<string, string | readonly string[] | undefined>>,
  { files }: Pick<NamedPath, "files"> = {},
): NamedPath[] {
  return Object.entries(paths).flatMap(([name, given]) =>
    [given ?? []].flat().map((path) => ({ option: optionName(name), path, files }))
  );
}

/** The folder of a model, by default the embedded one, or where runs begin that begin with random weights. */
export function modelPlace(model: string | undefined, { scratch = false } = {}): NamedPath {
  const option = model === undefined ? "the embedded model" : "--model";
  const path = model ?? (scratch ? scratchModel : embeddedModel);
  return { option, path, files: /^[^/]+\.(json|safetensors)$/ };
}

/** Whether two paths lead to one file or folder, or would, once it is made. */
export async function isSame(a: string, b: string): Promise<boolean> {
  return same(await locate(a), await locate(b));
}

function shown({ option, path }: NamedPath): string {
  return `${option} (${path})`;
}

/** Where a path leads. */
interface Location {
  /** Without links. */
  readonly real: string;
  /** What is there, if anything is. */
  readonly info: Deno.FileInfo | undefined;
}

type Found = NamedPath & { readonly at: Location };

async function meet(a: Found, b: Found): Promise<boolean> {
  return same(a.at, b.at) || await isAmongFiles(a, b) || await isAmongFiles(b, a);
}

/** Whether `inner` lies in a folder, where files of that name are read or written. */
async function isAmongFiles(inner: Found, { at: folder, files }: Found): Promise<boolean> {
  if (files === undefined) return false;
  const names: string[] = [];
  for (let at = inner.at.real; at !== dirname(at); at = dirname(at)) {
    names.unshift(basename(at));
    if (same(await locate(dirname(at)), folder)) return files.test(names.join("/"));
  }
  return false;
}

/** How many links may lead from one to the next; systems give up at about as many. */
const MOST_LINKS = 40;

async function locate(path: string, links = MOST_LINKS): Promise<Location> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info) return { real: await Deno.realPath(path), info };
  const parent = dirname(path);
  if (parent === path) return { real: path, info: undefined };
  const { real: folder } = await locate(parent, links);
  // What is not there may be the end of a link, and is made there.
  const target = links > 0 ? await Deno.readLink(path).catch(() => undefined) : undefined;
  if (target !== undefined) return await locate(resolve(folder, target), links - 1);
  const real = join(folder, basename(path));
  return { real, info: await Deno.stat(real).catch(() => undefined) };
}

function same(a: Location, b: Location): boolean {
  if (a.real === b.real) return true;
  if (a.info && b.info) return isSameFile(a.info, b.info);
  // A disk may take `Out` for `out`, and would show it only if one of them were there.
  return !a.info && !b.info && folded(a.real) === folded(b.real);
}

/** Numbers of files lose digits beyond 2^53, so the rest has to agree, too. */
function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  const times = ["mtime", "birthtime", "ctime"] as const;
  return a.ino !== null && a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mode === b.mode &&
    times.every((time) => a[time]?.getTime() === b[time]?.getTime());
}

function folded(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
