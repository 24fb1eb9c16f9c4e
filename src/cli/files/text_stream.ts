/** Text that comes in pieces: a file or standard input. */

import { DataError } from "../../errors.ts";
import { openFile } from "./files.ts";

/**
 * A text file, piece by piece; it is opened when the first piece is asked for.
 *
 * @throws {LacunaError} naming the file if there is none
 */
export async function streamTextFile(path: string): Promise<AsyncIterable<string>> {
  const { store, name } = openFile(path);
  await store.size(name); // says in one sentence what is the matter with the path
  return decodeText(bytesOf(path), path);
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* (await Deno.open(path)).readable;
}

/**
 * Bytes as text, piece by piece; a byte order mark is dropped.
 *
 * @throws {DataError} calling the source by `name`, where its bytes are not UTF-8
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (piece?: Uint8Array): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      throw new DataError(`${name}: expected UTF-8 text, found bytes that are not UTF-8: convert the file`);
    }
  };
  for await (const piece of bytes) yield decode(piece);
  yield decode();
}
