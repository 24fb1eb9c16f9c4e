import { DataError } from "../../errors.ts";

/** More than any corpus has: what a small file blows up to beyond this is made to fill the memory. */
const MOST = 2 ** 30;
/** Bytes that a file of any size may become, and the factor for larger ones. */
const [FREE, MOST_RATIO] = [2 ** 23, 200];

/** How many bytes may come out of so many. */
export function mostUnpacked(packed: number): number {
  return Math.min(MOST, Math.max(FREE, MOST_RATIO * packed));
}

/**
 * Unpacks zlib or gzip.
 *
 * @throws {DataError} for damaged data, and for more than {@linkcode mostUnpacked} before it is in memory
 */
export async function inflate(
  bytes: Uint8Array,
  { file, format }: { readonly file: string; readonly format: "deflate" | "gzip" },
): Promise<Uint8Array<ArrayBuffer>> {
  const most = mostUnpacked(bytes.length);
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
    new DecompressionStream(format),
  );
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of stream) {
      length += piece.length;
      if (length > most) break;
      pieces.push(piece);
    }
  } catch {
    throw new DataError(
      `${file}: expected packed data, found bytes that cannot be unpacked: the file is damaged`,
    );
  }
  if (length > most) {
    throw new DataError(
      `${file}: expected at most ${most} bytes from ${bytes.length} packed ones, found more`,
    );
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
