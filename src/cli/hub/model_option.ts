/** Options that take a model: a folder, or what the hub calls one that is in the cache. */

import { LacunaError } from "../../errors.ts";
import { operand, type OptionSpec, text } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { cachedCommits, findSnapshot, hubCache, parseHubName } from "./hub_cache.ts";

/** The folder of a model; a command sees a name of the hub as the folder that it stands for. */
export function modelFolder(description: string, options: { required: true }): OptionSpec<string>;
export function modelFolder(description: string): OptionSpec<string | undefined>;
export function modelFolder(
  description: string,
  { required = false } = {},
): OptionSpec<string | undefined> {
  const spec = required ? text("DIR|ORG/NAME", description, { required }) : text("DIR|ORG/NAME", description);
  return { ...spec, resolve: resolveModel };
}

/** {@linkcode modelFolder} without a name, where a file will do, too. */
export function fileOrModel(description: string): OptionSpec<string> {
  return { ...operand("FILE|DIR|ORG/NAME", description, { required: true }), resolve: resolveModel };
}

/**
 * The folder that a name of the hub stands for. What is there under that name on this machine wins, and what
 * cannot be such a name stays as it is.
 *
 * @throws {LacunaError} saying what to type, if it is neither there nor in the cache
 */
export async function resolveModel<T extends string | undefined>(
  given: T,
  { env, stderr }: Pick<Terminal, "env" | "stderr">,
): Promise<T> {
  const name = given === undefined ? undefined : parseHubName(given);
  if (given === undefined || name === undefined || await isThere(given)) return given;
  const cache = hubCache(env);
  const snapshot = cache && await findSnapshot(cache, name);
  if (snapshot) {
    stderr(`${given}: ${snapshot}\n`);
    return snapshot as T;
  }
  const { id, revision } = name;
  const commits = cache ? await cachedCommits(cache, id) : [];
  throw new LacunaError(
    `${given}: expected the folder of a model (config.json, tokenizer.json, model.safetensors), or a model in the ` +
      `cache of the Hugging Face Hub (${cache ?? "whose place neither HF_HUB_CACHE nor HOME says"}), found ` +
      `neither: check the path, or type deno task download ${id}` +
      (given === id ? "" : ` --revision ${revision}`) +
      (commits.length > 0 ? `; the cache has ${commits.map((commit) => `${id}@${commit}`).join(", ")}` : ""),
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}
