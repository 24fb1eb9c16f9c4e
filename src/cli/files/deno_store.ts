/** Files of a folder on this machine. The only store that touches `Deno`. */

import { dirname } from "@std/path";
import { LacunaError } from "../../errors.ts";
import { checkPath, type Lock, splitPrefix, type Store, type WritableSink } from "../../store/store.ts";

/** A {@linkcode Store} over a folder. The folder need not exist before the first write. */
export class DenoStore implements Store {
  readonly #root: string;

  /** @param root the folder, absolute or relative to the working directory */
  constructor(root: string) {
    this.#root = root.replace(/(?<=.)\/+$/, "") || ".";
  }

  locate(path: string): string {
    // A letter like any other elsewhere, on Windows a backslash could lead out of the folder.
    checkPath(Deno.build.os === "windows" ? path.replaceAll("\\", "/") : path);
    if (this.#root === ".") return path;
    return this.#root === "/" ? `/${path}` : `${this.#root}/${path}`;
  }

  async exists(path: string): Promise<boolean> {
    const file = this.locate(path);
    try {
      return (await Deno.stat(file)).isFile;
    } catch (error) {
      const { FilesystemLoop, NotADirectory, NotFound } = Deno.errors; // links may lead round in a circle
      if ([FilesystemLoop, NotADirectory, NotFound].some((kind) => error instanceof kind)) return false;
      throw explain(`cannot read ${file}`, error);
    }
  }

  async size(path: string): Promise<number> {
    const file = this.locate(path);
    const info = await attempt(`cannot read ${file}`, () => Deno.stat(file));
    if (!info.isFile) throw new LacunaError(`cannot read ${file}: expected a file, found a folder or device`);
    return info.size;
  }

  async read(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.locate(path);
    return await attempt(`cannot read ${file}`, async () => {
      using handle = await Deno.open(file, { read: true });
      await handle.seek(start, Deno.SeekMode.Start);
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length;) {
        const count = await handle.read(bytes.subarray(at));
        if (count === null) {
          throw new LacunaError(
            `${file}: expected ${end - start} bytes from ${start} to ${end}, found the end at ${start + at}`,
          );
        }
        at += count;
      }
      return bytes;
    });
  }

  async list(prefix: string): Promise<string[]> {
    const { folder, rest } = splitPrefix(prefix);
    const directory = folder === "" ? this.#root : this.locate(folder.slice(0, -1));
    return await attempt(`cannot list ${directory}`, async () => {
      const found: string[] = [];
      for await (const { name, isFile, isSymlink } of Deno.readDir(directory)) {
        if (!name.startsWith(rest)) continue;
        if (isFile || isSymlink && await this.exists(folder + name)) found.push(folder + name);
      }
      return found.sort();
    });
  }

  async write(path: string): Promise<WritableSink> {
    const file = this.locate(path);
    const handle = await attempt(`cannot write ${file}`, async () => {
      await Deno.mkdir(dirname(file), { recursive: true });
      return await Deno.open(file, { write: true, create: true, truncate: true });
    });
    let open = true;
    const release = () => {
      if (open) handle.close();
      open = false;
    };
    return {
      write: (bytes) =>
        attempt(`cannot write ${file}`, async () => {
          for (let at = 0; at < bytes.length;) at += await handle.write(bytes.subarray(at));
        }),
      close: () =>
        attempt(`cannot write ${file}`, async () => {
          await handle.sync();
          release();
        }),
      abort: async () => {
        release();
        await this.remove(path);
      },
    };
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.locate(from), this.locate(to)];
    await attempt(`cannot rename ${source} to ${target}`, () => Deno.rename(source, target));
    await flushFolder(dirname(target));
  }

  async remove(path: string): Promise<void> {
    const file = this.locate(path);
    await attempt(`cannot remove ${file}`, () => Deno.remove(file));
  }

  /** An empty file, locked by the system, which frees it when the process ends. It goes with the lock. */
  async lock(path: string): Promise<Lock | undefined> {
    const file = this.locate(path);
    return await attempt(`cannot lock ${file}`, async () => {
      await Deno.mkdir(dirname(file), { recursive: true });
      while (true) {
        const handle = await Deno.open(file, { write: true, create: true });
        try {
          if (!await handle.tryLock(true)) {
            handle.close();
            return undefined;
          }
          if (await hasName(handle, file)) return { release: () => this.#release(handle, file) };
        } catch (error) {
          handle.close();
          throw error;
        }
        handle.close(); // whoever had the lock before took the file away in between
      }
    });
  }

  async version(path: string): Promise<string> {
    const file = this.locate(path);
    const { ino, mtime, size } = await attempt(`cannot read ${file}`, () => Deno.stat(file));
    return `${ino} ${mtime?.getTime()} ${size}`;
  }

  async #release(handle: Deno.FsFile, file: string): Promise<void> {
    try {
      // While it is locked still: afterwards it could be another's. Where files have no numbers nobody could
      // see that it went.
      if ((await handle.stat()).ino !== null) await Deno.remove(file);
    } catch {
      // A file that stays does no harm, and whoever fails and gives the lock back has something else to say.
    } finally {
      handle.close();
    }
  }
}

/**
 * Hands the names in a folder to the medium, so that a loss of power cannot undo a renaming and keep a later
 * one. Where the system does not open folders, as on Windows, that is left to the file system.
 */
async function flushFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  } catch {
    // What was renamed is renamed.
  }
}

/** Whether an open file is the one that has this name now. */
async function hasName(handle: Deno.FsFile, file: string): Promise<boolean> {
  const [open, named] = await Promise.all([handle.stat(), Deno.stat(file).catch(() => undefined)]);
  return named !== undefined && open.ino === named.ino && open.dev === named.dev;
}

/** What `action` gives; what the system refuses is thrown as one sentence that begins with `what`. */
export async function attempt<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw explain(what, error);
  }
}

/** {@linkcode attempt} for an action that is done when it returns. */
export function attemptSync<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw explain(what, error);
  }
}

/** Turns what the system says into a sentence for the person at the terminal. */
function explain(what: string, error: unknown): Error {
  if (error instanceof LacunaError) return error;
  const { errors } = Deno;
  if (error instanceof errors.NotFound) return new LacunaError(`${what}: there is no such file or folder`);
  if (error instanceof errors.NotADirectory || error instanceof errors.AlreadyExists) {
    return new LacunaError(`${what}: a part of the path is a file, expected a folder`);
  }
  if (error instanceof errors.IsADirectory) {
    return new LacunaError(`${what}: it is a folder, expected a file`);
  }
  if (error instanceof errors.PermissionDenied) {
    return new LacunaError(
      `${what}: you have no permission; check the owner and mode of the file and folder`,
    );
  }
  if (error instanceof errors.NotCapable) {
    return new LacunaError(
      `${what}: Deno was started without permission for it (--allow-read, --allow-write)`,
    );
  }
  return new LacunaError(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
}
