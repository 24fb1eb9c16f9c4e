/** A file of the hub in the cache, whole and as the hub has it. */

import { createHash, type Hash } from "node:crypto";
import { join } from "@std/path";
import { LacunaError } from "../../errors.ts";
import { attempt } from "../files/deno_store.ts";
import { ConnectionError, type HubFile, type HubModel } from "./hub.ts";

/** What is fetched, and where to. */
export interface Wanted extends HubFile {
  readonly path: string;
  readonly commit: string;
  /** The folder of contents, by etag. */
  readonly blobs: string;
}

/** How a download goes on. */
export interface Fetching {
  readonly signal: AbortSignal;
  /** Bytes of the file that are there. */
  onBytes(bytes: number): void;
  /** A try that failed, and after which there is another one. */
  onRetry(problem: string): void;
  /** Milliseconds before the first other try; they double. */
  readonly wait: number;
}

/** Tries in a row that bring not a byte. */
const TRIES = 5;

/** Bytes of a file that are read at once. */
const PIECE = 2 ** 20;

/**
 * Fetches a file and checks it. What an earlier call began is gone on with, also after a cut connection.
 *
 * @throws {LacunaError} if the connection fails again and again, which keeps what is there, or the content is
 * another one than the hub says, which is then removed
 */
export async function fetchBlob(model: HubModel, wanted: Wanted, fetching: Fetching): Promise<void> {
  const { path, etag, size } = wanted;
  const blob = join(wanted.blobs, etag);
  const incomplete = `${blob}.incomplete`;
  {
    using file = await attempt(
      `cannot write ${incomplete}`,
      () => Deno.open(incomplete, { read: true, write: true, create: true }),
    );
    const content = new Content(file, wanted);
    await content.readBack();
    await complete(model, { wanted, content, fetching });
    await file.sync();
    const found = content.digest();
    if (content.bytes !== size || found !== undefined && found !== etag) {
      await Deno.remove(incomplete);
      throw new LacunaError(
        `${path}: expected ${size} bytes with the hash ${etag}, found ${content.bytes} with ${found}: what came was ` +
          "removed; try again",
      );
    }
  }
  await attempt(`cannot write ${blob}`, () => Deno.rename(incomplete, blob));
}

/** A file that is filled. */
interface Filling {
  readonly wanted: Wanted;
  readonly content: Content;
  readonly fetching: Fetching;
}

async function complete(model: HubModel, filling: Filling): Promise<void> {
  const { wanted: { path, size }, content, fetching } = filling;
  for (let failed = 0; content.bytes < size;) {
    const before = content.bytes;
    try {
      await append(model, filling);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      failed = content.bytes > before ? 1 : failed + 1;
      if (failed === TRIES) {
        throw new LacunaError(
          `${path}: ${error.message}; ${content.bytes} of ${size} bytes are kept: the same command goes on from there`,
        );
      }
      fetching.onRetry(`${path}: ${error.message}; trying again`);
      await pause(fetching.wait * 2 ** (failed - 1), fetching.signal);
    }
  }
}

async function append(model: HubModel, { wanted, content, fetching }: Filling): Promise<void> {
  const { path, commit, size } = wanted;
  const { start, bytes } = await model.open(path, commit, content.bytes);
  if (start === 0) await content.clear();
  fetching.onBytes(content.bytes);
  for await (const piece of bytes) {
    fetching.signal.throwIfAborted();
    await content.add(piece);
    fetching.onBytes(content.bytes);
    if (content.bytes > size) return;
  }
  if (content.bytes < size) throw new ConnectionError("the connection was cut");
}

/** A file that grows, with its hash. */
class Content {
  readonly #file: Deno.FsFile;
  readonly #expected: HubFile;
  #hash: Hash | undefined;
  bytes = 0;

  constructor(file: Deno.FsFile, expected: HubFile) {
    this.#file = file;
    this.#expected = expected;
    this.#hash = hashFor(expected);
  }

  /** Takes what an earlier call has written. */
  async readBack(): Promise<void> {
    const { size } = await this.#file.stat();
    if (size > this.#expected.size) return await this.clear();
    const piece = new Uint8Array(PIECE);
    for (let count; (count = await this.#file.read(piece)) !== null;) {
      this.#hash?.update(piece.subarray(0, count));
      this.bytes += count;
    }
  }

  async clear(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#hash = hashFor(this.#expected);
    this.bytes = 0;
  }

  async add(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length;) at += await this.#file.write(piece.subarray(at));
    this.#hash?.update(piece);
    this.bytes += piece.length;
  }

  /** Undefined where the etag is no hash that we know. */
  digest(): string | undefined {
    return this.#hash?.digest("hex");
  }
}

/** The hub's etags are the SHA-256 of large files, and of others the hash of git, SHA-1 behind a head. */
function hashFor({ etag, size }: HubFile): Hash | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return createHash("sha256");
  if (/^[0-9a-f]{40}$/.test(etag)) return createHash("sha1").update(`blob ${size}\0`);
  return undefined;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
