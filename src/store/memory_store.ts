/** Files in memory: for tests, and for pages where a user hands files over. */

import { LacunaError } from "../errors.ts";
import { checkPath, type Lock, splitPrefix, type Store, type WritableSink } from "./store.ts";

/** A {@linkcode Store} in memory. A file appears when its sink is closed. */
export class MemoryStore implements Store {
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #locked = new Set<string>();
  /** The number of each content that was asked for. */
  readonly #versions = new WeakMap<Uint8Array, number>();
  #lastVersion = 0;

  /** Begins with `files`, text as UTF-8. */
  constructor(files: Readonly<Record<string, Uint8Array | string>> = {}) {
    for (const [path, content] of Object.entries(files)) {
      checkPath(path);
      this.#files.set(
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content),
      );
    }
  }

  locate(path: string): string {
    return path;
  }

  exists(path: string): Promise<boolean> {
    return Promise.resolve(this.#files.has(path));
  }

  async size(path: string): Promise<number> {
    return (await this.#file(path)).length;
  }

  async read(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const file = await this.#file(path);
    if (!(0 <= start && start <= end && end <= file.length)) {
      throw new LacunaError(`${path}: expected to read bytes ${start} to ${end}, found ${file.length} bytes`);
    }
    return file.slice(start, end);
  }

  list(prefix: string): Promise<string[]> {
    const { folder } = splitPrefix(prefix);
    const found = [...this.#files.keys()].filter((path) =>
      path.startsWith(prefix) && !path.slice(folder.length).includes("/")
    );
    return Promise.resolve(found.sort());
  }

  // deno-lint-ignore require-await -- async turns a refused path into a rejection
  async write(path: string): Promise<WritableSink> {
    checkPath(path);
    const chunks: Uint8Array[] = [];
    return {
      write: (bytes) => {
        chunks.push(bytes.slice());
        return Promise.resolve();
      },
      close: () => {
        this.#files.set(path, concatenate(chunks));
        return Promise.resolve();
      },
      abort: () => {
        this.#files.delete(path);
        return Promise.resolve();
      },
    };
  }

  async rename(from: string, to: string): Promise<void> {
    checkPath(to);
    const file = await this.#file(from);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  async remove(path: string): Promise<void> {
    await this.#file(path);
    this.#files.delete(path);
  }

  // deno-lint-ignore require-await -- async turns a refused path into a rejection
  async lock(path: string): Promise<Lock | undefined> {
    checkPath(path);
    if (this.#locked.has(path)) return undefined;
    this.#locked.add(path);
    return {
      release: () => {
        this.#locked.delete(path);
        return Promise.resolve();
      },
    };
  }

  async version(path: string): Promise<string> {
    const file = await this.#file(path);
    const version = this.#versions.get(file) ?? ++this.#lastVersion;
    this.#versions.set(file, version);
    return String(version);
  }

  #file(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.#files.get(path);
    return file === undefined
      ? Promise.reject(new LacunaError(`cannot read ${path}: there is no such file`))
      : Promise.resolve(file);
  }
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
