/** Files that Lacuna writes are written over, and no others. */

import { LacunaError } from "../../errors.ts";
import { attempt } from "./deno_store.ts";

/** How a file that Lacuna wrote is told from another one of its name. */
export interface OwnFile {
  /** What it is, after "expected": `the log of a run`. */
  readonly what: string;
  /** How it begins. */
  readonly beginning: RegExp;
}

/** Bytes of a file that are looked at. */
const LOOKED_AT = 1024;

/**
 * Refuses a file that is not empty and not one of ours: it would be lost.
 *
 * @throws {LacunaError} naming it
 */
export async function checkOwn(path: string, { what, beginning }: OwnFile): Promise<void> {
  const text = await beginningOf(path);
  if (text === "" || beginning.test(text)) return;
  throw new LacunaError(
    `${path}: expected ${what}, or no such file, found something else, which would be lost: ` +
      "move it, or choose another place",
  );
}

/** The beginning of a file; nothing where there is none, or a device such as /dev/null. */
async function beginningOf(path: string): Promise<string> {
  return await attempt(`cannot read ${path}`, async () => {
    try {
      if (!(await Deno.stat(path)).isFile) return "";
      using file = await Deno.open(path);
      const bytes = new Uint8Array(LOOKED_AT);
      return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return "";
      throw error;
    }
  });
}
