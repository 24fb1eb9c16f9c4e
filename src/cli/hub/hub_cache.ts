/**
 * Models in the cache that the programs of Hugging Face share, read without a network:
 * `models--ORG--NAME/refs/REVISION` holds the name of a folder in `snapshots`, whose files are links to
 * `blobs`.
 */

import { join } from "@std/path";

/** What an environment variable says, where it is set and may be read. */
export type Environment = (name: string) => string | undefined;

/** A model as the hub calls it. */
export interface HubName {
  /** `ORG/NAME`, or `NAME` alone for the oldest ones. */
  readonly id: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** The revision of a model that is named without one. */
export const MAIN = "main";

const COMMIT = /^[0-9a-f]{40}$/;

/** `ORG/NAME`, `NAME` or `ORG/NAME@REVISION`; undefined for what no model of the hub can be called. */
export function parseHubName(text: string): HubName | undefined {
  const found = /^(?<id>(?:\w[\w.-]*\/)?\w[\w.-]*)(?:@(?<revision>\w[\w./-]*))?$/.exec(text);
  if (!found || /\.\.|--/.test(text)) return undefined;
  const { id, revision = MAIN } = found.groups!;
  return { id, revision };
}

/** Whether a revision is a commit, which never means anything else. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/** The folder of the cache; undefined where no variable says where it could be. */
export function hubCache(env: Environment): string | undefined {
  const home = env("HOME") || env("USERPROFILE");
  const expand = (path: string) => home ? path.replace(/^~(?=$|[/\\])/, () => home) : path;
  const named = env("HF_HUB_CACHE") || env("HUGGINGFACE_HUB_CACHE");
  if (named) return expand(named);
  const hub = env("HF_HOME");
  if (hub) return join(expand(hub), "hub");
  const caches = env("XDG_CACHE_HOME") || (home && join(home, ".cache"));
  return caches ? join(expand(caches), "huggingface", "hub") : undefined;
}

/** The folder of a model in the cache. */
export function hubFolder(cache: string, id: string): string {
  return join(cache, `models--${id.replace("/", "--")}`);
}

/** The folder with the files of a model; undefined where the cache has no such model or revision. */
export async function findSnapshot(cache: string, { id, revision }: HubName): Promise<string | undefined> {
  const folder = hubFolder(cache, id);
  const commit = isCommit(revision) ? revision : await refOf(folder, revision);
  if (commit === undefined || !isCommit(commit)) return undefined;
  const snapshot = join(folder, "snapshots", commit);
  const info = await Deno.stat(snapshot).catch(() => undefined);
  return info?.isDirectory ? snapshot : undefined;
}

async function refOf(folder: string, revision: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(join(folder, "refs", revision)).catch(() => undefined);
  return text?.trim();
}

/** Commits of which the cache has files, by name. */
export async function cachedCommits(cache: string, id: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(join(hubFolder(cache, id), "snapshots")));
    return entries.map(({ name }) => name).filter(isCommit).sort();
  } catch {
    return [];
  }
}

/** `ORG/NAME` for a folder of the cache; undefined for any other. */
export function hubIdOf(path: string): string | undefined {
  return hubNameOf(path)?.split("@")[0];
}

/** `ORG/NAME@COMMIT` for a folder of the cache; undefined for any other. */
export function hubNameOf(path: string): string | undefined {
  const found = /[/\\]models--([^/\\]+)[/\\]snapshots[/\\]([0-9a-f]{40})[/\\]?$/.exec(path);
  return found ? `${found[1].replace("--", "/")}@${found[2]}` : undefined;
}
