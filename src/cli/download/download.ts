/** `deno task download`: fetches a model of the Hugging Face Hub. The only task that uses the network. */

import { dirname, join, relative } from "@std/path";
import { LacunaError } from "../../errors.ts";
import { attempt, DenoStore } from "../files/deno_store.ts";
import { type Console, type Outcome, runCommand, UsageError } from "../frame/command.ts";
import { defineCommand } from "../frame/definition.ts";
import { formatBytes } from "../frame/format.ts";
import { operand, text, type Values } from "../frame/options.ts";
import type { Terminal } from "../frame/terminal.ts";
import { findSnapshot, hubCache, hubFolder, type HubName, isCommit, parseHubName } from "../hub/hub_cache.ts";
import { DownloadProgress } from "./download_progress.ts";
import { fetchBlob } from "./fetch_blob.ts";
import { endpointOf, HubModel } from "./hub.ts";
import { SHARD_INDEX, shardsOf, wantedFiles } from "./wanted_files.ts";

const definition = defineCommand({
  name: "download",
  summary:
    "Fetches the files of a model that Lacuna reads from the Hugging Face Hub into the cache of Hugging Face's own " +
    "programs, where every --model finds it as ORG/NAME. A download that was cut goes on with the same command. " +
    "Of the environment it takes HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME and XDG_CACHE_HOME (where the cache " +
    "is), HF_TOKEN (for private models), HF_ENDPOINT (another server) and HF_HUB_OFFLINE.",
  options: {
    name: operand("ORG/NAME", "the model as the hub calls it", { required: true }),
    revision: text("R", "a branch, a tag or a commit (default: main)"),
  },
  examples: [
    {
      args: "Davlan/afro-xlmr-base",
      does: "fetches a model; train --model Davlan/afro-xlmr-base begins from it",
    },
    {
      args: "Davlan/afro-xlmr-base --revision refs/pr/1",
      does: "fetches a revision; it is --model Davlan/afro-xlmr-base@refs/pr/1",
    },
  ],
});

/** Tests wait less. */
export interface DownloadSeams {
  /** Milliseconds before the first other try. */
  readonly wait?: number;
}

/** Runs the command; returns its exit code. */
export function download(terminal?: Terminal, seams: DownloadSeams = {}): Promise<number> {
  return runCommand(definition, (options, console) => main(options, console, seams), terminal);
}

async function main(
  { name: given, revision }: Values<typeof definition.options>,
  console: Console,
  { wait = 1000 }: DownloadSeams,
): Promise<Outcome> {
  const name = parseHubName(revision === undefined ? given : `${given}@${revision}`);
  if (!name) {
    throw new UsageError(
      `Expected the name of a model, ORG/NAME, found ${given}${
        revision === undefined ? "" : ` and revision ${revision}`
      }`,
    );
  }
  const cache = hubCache(console.env);
  if (cache === undefined) {
    throw new LacunaError(
      "expected HF_HUB_CACHE, HF_HOME or HOME to say where the cache is, found none of them set",
    );
  }
  if (["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].some((variable) => isTrue(console.env(variable)))) {
    return await offline(name, { cache, console });
  }
  const signal = console.interruption();
  const endpoint = endpointOf(console.env("HF_ENDPOINT"));
  const model = new HubModel(name, { endpoint, token: console.env("HF_TOKEN"), signal });
  using progress = new DownloadProgress(console);
  const folder = hubFolder(cache, name.id);
  const store = new DenoStore(cache);
  const lock = await store.lock(`.locks/${folder.slice(dirname(folder).length + 1)}/download.lock`);
  if (!lock) throw new LacunaError(`${folder}: another process downloads this model: wait until it is done`);
  try {
    const { commit, files } = await model.list();
    const snapshot = join(folder, "snapshots", commit);
    for (const made of [snapshot, join(folder, "blobs"), join(folder, "refs")]) {
      await attempt(`cannot make the folder ${made}`, () => Deno.mkdir(made, { recursive: true }));
    }
    const wanted = wantedFiles(files, name.id);
    // Grows by the shards, once their index is there.
    for (const path of wanted) {
      await fetchFile(model, { path, commit, snapshot, folder, progress, signal, wait });
      if (path !== SHARD_INDEX) continue;
      const file = join(snapshot, path);
      wanted.push(...shardsOf(await attempt(`cannot read ${file}`, () => Deno.readTextFile(file)), file));
    }
    // Last, so that a name leads to nothing but whole models.
    if (!isCommit(name.revision)) await writeRef(join(folder, "refs", name.revision), commit);
    return done(name, { commit, snapshot, console });
  } finally {
    await lock.release();
  }
}

async function fetchFile(
  model: HubModel,
  { path, commit, snapshot, folder, progress, signal, wait }: {
    path: string;
    commit: string;
    snapshot: string;
    folder: string;
    progress: DownloadProgress;
    signal: AbortSignal;
    wait: number;
  },
): Promise<void> {
  const link = join(snapshot, path);
  if (await isFile(link)) return progress.say(`${path}: there already`);
  const described = await model.describe(path, commit);
  const blobs = join(folder, "blobs");
  const blob = join(blobs, described.etag);
  if (!await isFile(blob)) {
    await fetchBlob(model, { ...described, path, commit, blobs }, {
      signal,
      wait,
      onBytes: (bytes) => progress.show({ path, bytes, size: described.size }),
      onRetry: (problem) => progress.say(problem),
    });
  }
  await attempt(`cannot write ${link}`, async () => {
    await Deno.remove(link).catch(() => {}); // a link that leads nowhere
    try {
      await Deno.symlink(relative(snapshot, blob), link);
    } catch (error) {
      // Windows lets few people make links; Hugging Face's own programs move the file then, too.
      if (Deno.build.os !== "windows") throw error;
      await Deno.rename(blob, link);
    }
  });
  progress.say(`${path}: ${formatBytes(described.size)}`);
}

async function writeRef(ref: string, commit: string): Promise<void> {
  await attempt(`cannot write ${ref}`, async () => {
    await Deno.mkdir(dirname(ref), { recursive: true });
    await Deno.writeTextFile(`${ref}.partial`, commit);
    await Deno.rename(`${ref}.partial`, ref);
  });
}

async function offline(
  name: HubName,
  { cache, console }: { cache: string; console: Console },
): Promise<Outcome> {
  const snapshot = await findSnapshot(cache, name);
  if (snapshot === undefined) {
    throw new LacunaError(
      `${name.id}: expected it in ${cache}, as HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, found no revision ` +
        `${name.revision}: unset it to download`,
    );
  }
  return done(name, { commit: snapshot.slice(-40), snapshot, console });
}

function done(
  { id, revision }: HubName,
  { commit, snapshot, console }: { commit: string; snapshot: string; console: Console },
): Outcome {
  const called = revision === "main" ? id : `${id}@${revision}`;
  console.print(`${snapshot}\nEvery --model takes it as ${called}`);
  return { json: { model: called, commit, path: snapshot } };
}

async function isFile(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isFile ?? false;
}

/** As huggingface_hub reads a variable. */
function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes(value?.toUpperCase() ?? "");
}

if (import.meta.main) Deno.exit(await download());
