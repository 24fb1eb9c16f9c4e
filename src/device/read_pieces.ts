import { type Device, slice, type View } from "./device.ts";
import { yieldToHost } from "./yield_to_host.ts";

/** Elements of a piece: 1 MiB of f32. */
export const PIECE = 2 ** 18;

/**
 * The f32 values of views, one view after the other, in pieces. All of them come in the same array: what is
 * read of a table of hundreds of megabytes takes no more of the host than a piece, as device memory is all
 * that a run announces.
 */
export async function* readPieces(device: Device, views: readonly View[]): AsyncGenerator<Float32Array> {
  const longest = Math.max(...views.map(({ length }) => length));
  const piece = new Float32Array(Math.min(PIECE, longest));
  for (const view of views) {
    for (let at = 0; at < view.length; at += PIECE) {
      yield await device.read(slice(view, at, Math.min(PIECE, view.length - at)), piece) as Float32Array;
      await yieldToHost();
    }
  }
}
